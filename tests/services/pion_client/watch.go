package main

import (
	"bytes"
	"encoding/binary"
	"os"
	"strconv"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v3"
	"github.com/pion/webrtc/v3/pkg/media/samplebuilder"
)

const (
	mostLate  = 512 // packets that one that is missing is waited for, and so long at most:
	longest   = 500 * time.Millisecond
	asksEvery = 100 * time.Millisecond
)

// come is what one of the two streams has brought.
type come struct {
	kind  string
	count int
}

func watch(endpoint, wanted, seconds, pictureFile, soundFile string) {
	most, err := strconv.Atoi(wanted)
	try(err)
	limit, err := strconv.ParseFloat(seconds, 64)
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
			keepPictures(peer, track, picture, news)
		} else {
			keepSound(track, sound, news)
		}
	})
	session, answered := agree(peer, endpoint, "")
	told := map[string]interface{}{"status": 201, "answered_ms": answered.UnixMilli()}
	timeout := time.After(time.Duration(limit * float64(time.Second)))
	counts := map[string]int{}
	for isWatching := true; isWatching && (counts["pictures"] < most || counts["sounds"] == 0); {
		select {
		case one := <-news:
			counts[one.kind] = one.count
		case <-timeout:
			isWatching = false
		}
	}
	told["pictures"], told["sounds"] = counts["pictures"], counts["sounds"]
	told["ended"] = end(peer, session, "")
	try(picture.Close())
	try(sound.Close())
	tell(told)
}

// keepPictures writes whole pictures, in order; what comes again after a loss has its place. As a
// player does, it asks for a key frame as long as it has none, or where a picture is missing for good.
func keepPictures(peer *webrtc.PeerConnection, track *webrtc.TrackRemote, file *os.File, news chan<- come) {
	builder := samplebuilder.New(
		mostLate, &codecs.H264Packet{}, track.Codec().ClockRate, samplebuilder.WithMaxTimeDelay(longest))
	isWhole, asked := false, time.Time{}
	for count := 0; ; {
		packet, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		builder.Push(packet)
		for sample := builder.Pop(); sample != nil; sample = builder.Pop() {
			isWhole = isKey(sample.Data) || isWhole && sample.PrevDroppedPackets == 0
			if !isWhole && time.Since(asked) > asksEvery {
				asked = time.Now()
				lost := rtcp.PictureLossIndication{MediaSSRC: uint32(track.SSRC())}
				_ = peer.WriteRTCP([]rtcp.Packet{&lost})
			}
			if keep(file, sample.Data, sample.PrevDroppedPackets) != nil {
				return
			}
			count++
			news <- come{"pictures", count}
		}
	}
}

// isKey tells whether a picture (Annex B) begins with parameters, as a key frame that is whole does:
// the builder takes a slice that comes first for a picture of its own.
func isKey(picture []byte) bool {
	return bytes.TrimLeft(picture, "\x00\x01")[0]&0x1f == 7
}

func keepSound(track *webrtc.TrackRemote, file *os.File, news chan<- come) {
	for count := 0; ; {
		packet, _, err := track.ReadRTP()
		if err != nil || keep(file, packet.Payload, 0) != nil {
			return
		}
		count++
		news <- come{"sounds", count}
	}
}

// keep writes what came now: milliseconds (eight bytes), packets missing before it (two), its length
// (four), and itself.
func keep(file *os.File, data []byte, missing uint16) error {
	head := make([]byte, 14, 14+len(data))
	binary.BigEndian.PutUint64(head, uint64(time.Now().UnixMilli()))
	binary.BigEndian.PutUint16(head[8:], missing)
	binary.BigEndian.PutUint32(head[10:], uint32(len(data)))
	_, err := file.Write(append(head, data...))
	return err
}
