// A viewer and a publisher that are pion's, a WebRTC stack of its own in Go:
//
//	pion watch URL PICTURES SECONDS FILE FILE
//	pion publish URL KEY FILE.h264 FILE.ogg
//
// Watching (WHEP) ends after so many pictures, once sound has come too, or after so many seconds; what
// came lies in the files, each picture (Annex B) and each packet of sound behind when it came. There is
// no playing in time: pion has a builder that waits for what is missing, and no more. Publishing (WHIP)
// does what OBS does: H.264 that is called constrained baseline whatever it is, Opus, no candidates in
// the offer and none later, a bearer token, redirects followed, the session's address relative to where
// they ended, DELETE at the end (SIGTERM, or standard input closed). Both print lines of JSON.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/webrtc/v3"
)

const (
	pictureLine = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"
	soundLine   = "minptime=10;maxaveragebitrate=128000;stereo=1;sprop-stereo=1;useinbandfec=1"
	givesUp     = 60 * time.Second
	// Without RTX what comes again has its old number: pion's own 64 are a third of a second, and less
	// while a viewer is caught up with the group of pictures.
	replayWindow = 1024
)

func main() {
	switch {
	case len(os.Args) == 7 && os.Args[1] == "watch":
		watch(os.Args[2], os.Args[3], os.Args[4], os.Args[5], os.Args[6])
	case len(os.Args) == 6 && os.Args[1] == "publish":
		publish(os.Args[2], os.Args[3], os.Args[4], os.Args[5])
	default:
		log.Fatal("watch URL PICTURES SECONDS FILE FILE | publish URL KEY FILE FILE")
	}
}

// newPeer makes a connection that speaks H.264 and Opus and asks again for what is lost.
func newPeer() *webrtc.PeerConnection {
	media, more := &webrtc.MediaEngine{}, &interceptor.Registry{}
	feedback := []webrtc.RTCPFeedback{{Type: "nack"}, {Type: "nack", Parameter: "pli"}}
	picture := webrtc.RTPCodecCapability{
		MimeType: webrtc.MimeTypeH264, ClockRate: 90000, SDPFmtpLine: pictureLine, RTCPFeedback: feedback,
	}
	sound := webrtc.RTPCodecCapability{
		MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2, SDPFmtpLine: soundLine,
		RTCPFeedback: feedback[:1], // OBS sends sound again too
	}
	try(media.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: picture, PayloadType: 96}, webrtc.RTPCodecTypeVideo))
	try(media.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: sound, PayloadType: 111}, webrtc.RTPCodecTypeAudio))
	try(webrtc.RegisterDefaultInterceptors(media, more))
	setting := webrtc.SettingEngine{}
	setting.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	setting.SetIncludeLoopbackCandidate(true)
	setting.SetSRTPReplayProtectionWindow(replayWindow)
	api := webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(more), webrtc.WithSettingEngine(setting))
	peer, err := api.NewPeerConnection(webrtc.Configuration{BundlePolicy: webrtc.BundlePolicyMaxBundle})
	try(err)
	return peer
}

// agree makes the offer and takes the answer; it returns the session's address and when it came.
func agree(peer *webrtc.PeerConnection, endpoint, key string) (string, time.Time) {
	offer, err := peer.CreateOffer(nil)
	try(err)
	request, err := http.NewRequest(http.MethodPost, endpoint, strings.NewReader(offer.SDP))
	try(err)
	request.Header.Set("Content-Type", "application/sdp")
	authorize(request, key)
	client := http.Client{Timeout: givesUp, CheckRedirect: func(again *http.Request, _ []*http.Request) error {
		authorize(again, key)
		return nil
	}}
	response, err := client.Do(request)
	try(err)
	body, err := io.ReadAll(response.Body)
	try(err)
	if response.StatusCode != http.StatusCreated {
		tell(map[string]interface{}{"status": response.StatusCode, "words": string(body)})
		os.Exit(1)
	}
	location, err := url.Parse(response.Header.Get("Location"))
	try(err)
	came := time.Now()
	try(peer.SetLocalDescription(offer))
	try(peer.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: string(body)}))
	return response.Request.URL.ResolveReference(location).String(), came
}

// end says goodbye over HTTP, then closes the connection.
func end(peer *webrtc.PeerConnection, session, key string) int {
	request, err := http.NewRequest(http.MethodDelete, session, nil)
	try(err)
	authorize(request, key)
	response, err := http.DefaultClient.Do(request)
	try(err)
	try(peer.Close())
	return response.StatusCode
}

func authorize(request *http.Request, key string) {
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
}

func tell(what map[string]interface{}) {
	line, err := json.Marshal(what)
	try(err)
	fmt.Println(string(line))
}

func try(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
