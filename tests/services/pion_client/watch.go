package main

import (
	"os"
	"strconv"
	"time"

	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v3"
	"github.com/pion/webrtc/v3/pkg/media/samplebuilder"
)

const mostLate = 512 // packets that one that is missing is waited for

// come is what one of the two streams has brought.
type come struct {
	kind  string
	at    time.Time
	count int
}

func watch(endpoint, wanted, pictureFile, soundFile string) {
	most, err := strconv.Atoi(wanted)
	try(err)
	peer, news := newPeer(), make(chan come, 1024)
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeVideo, webrtc.RTPCodecTypeAudio} {
		receives := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}
		_, err := peer.AddTransceiverFromKind(kind, receives)
		try(err)
	}
	picture, err := os.Create(pictureFile)
	try(err)
	sound, err := os.Create(soundFile)
	try(err)
	peer.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		if track.Kind() == webrtc.RTPCodecTypeVideo {
			keepPictures(track, picture, news)
		} else {
			keepSound(track, sound, news)
		}
	})
	session, answered := agree(peer, endpoint, "")
	told := map[string]interface{}{"status": 201}
	timeout := time.After(givesUp)
	for pictures, sounds := 0, 0; pictures < most || sounds == 0; {
		select {
		case one := <-news:
			if one.count == 1 {
				told["first_"+one.kind+"_ms"] = one.at.Sub(answered).Milliseconds()
			}
			if one.kind == "picture" {
				pictures = one.count
			} else {
				sounds = one.count
			}
			told[one.kind+"s"] = one.count
		case <-timeout:
			tell(told)
			os.Exit(1)
		}
	}
	told["ended"] = end(peer, session, "")
	try(picture.Close())
	try(sound.Close())
	tell(told)
}

// keepPictures writes whole pictures, in order; what comes again after a loss has its place.
func keepPictures(track *webrtc.TrackRemote, file *os.File, news chan<- come) {
	builder := samplebuilder.New(mostLate, &codecs.H264Packet{}, track.Codec().ClockRate)
	for count := 0; ; {
		packet, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		builder.Push(packet)
		for sample := builder.Pop(); sample != nil; sample = builder.Pop() {
			if _, err := file.Write(sample.Data); err != nil {
				return
			}
			count++
			news <- come{"picture", time.Now(), count}
		}
	}
}

// keepSound writes packets, each behind its length in two bytes.
func keepSound(track *webrtc.TrackRemote, file *os.File, news chan<- come) {
	for count := 0; ; {
		packet, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		size := len(packet.Payload)
		if _, err := file.Write(append([]byte{byte(size >> 8), byte(size)}, packet.Payload...)); err != nil {
			return
		}
		count++
		news <- come{"sound", time.Now(), count}
	}
}
