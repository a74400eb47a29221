package main

import (
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/pion/webrtc/v3"
	"github.com/pion/webrtc/v3/pkg/media"
	"github.com/pion/webrtc/v3/pkg/media/h264reader"
	"github.com/pion/webrtc/v3/pkg/media/oggreader"
)

const (
	pictureEvery = 40 * time.Millisecond
	soundEvery   = 20 * time.Millisecond
)

func publish(endpoint, key, pictureFile, soundFile string) {
	pictures, sounds := readPictures(pictureFile), readSounds(soundFile)
	peer, connected := newPeer(), make(chan struct{})
	picture := addTrack(peer, webrtc.MimeTypeH264, "video")
	sound := addTrack(peer, webrtc.MimeTypeOpus, "audio")
	peer.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		if state == webrtc.PeerConnectionStateConnected {
			close(connected)
		}
	})
	stopped := make(chan os.Signal, 1)
	signal.Notify(stopped, syscall.SIGTERM, os.Interrupt)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stopped <- syscall.SIGTERM
	}()
	session, _ := agree(peer, endpoint, key)
	select {
	case <-connected:
	case <-stopped:
		os.Exit(1)
	}
	tell(map[string]interface{}{"status": 201, "session": session})
	go send(picture, pictures, pictureEvery)
	go send(sound, sounds, soundEvery)
	<-stopped
	tell(map[string]interface{}{"ended": end(peer, session, key)})
}

func addTrack(peer *webrtc.PeerConnection, kind, id string) *webrtc.TrackLocalStaticSample {
	track, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: kind}, id, "obs")
	try(err)
	sends := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly}
	transceiver, err := peer.AddTransceiverFromTrack(track, sends)
	try(err)
	go func() { // reports have to be read
		for {
			if _, _, err := transceiver.Sender().ReadRTCP(); err != nil {
				return
			}
		}
	}()
	return track
}

// send plays samples again and again, in real time.
func send(track *webrtc.TrackLocalStaticSample, samples [][]byte, every time.Duration) {
	due := time.Now()
	for at := 0; ; at = (at + 1) % len(samples) {
		if track.WriteSample(media.Sample{Data: samples[at], Duration: every}) != nil {
			return
		}
		due = due.Add(every)
		time.Sleep(time.Until(due))
	}
}

// readPictures cuts a stream into access units: each begins where the next picture's first slice, or
// what stands before it, begins.
func readPictures(name string) [][]byte {
	file, err := os.Open(name)
	try(err)
	reader, err := h264reader.NewReader(file)
	try(err)
	var units [][]byte
	var unit []byte
	hasSlice := false
	for {
		nal, err := reader.NextNAL()
		if err == io.EOF {
			return append(units, unit)
		}
		try(err)
		isSlice := nal.UnitType == h264reader.NalUnitTypeCodedSliceIdr ||
			nal.UnitType == h264reader.NalUnitTypeCodedSliceNonIdr
		begins := !isSlice || nal.Data[1]&0x80 != 0 // first_mb_in_slice is 0
		if hasSlice && begins {
			units, unit, hasSlice = append(units, unit), nil, false
		}
		unit = append(append(unit, 0, 0, 0, 1), nal.Data...)
		hasSlice = hasSlice || isSlice
	}
}

// readSounds returns the packets of an Ogg file with one packet on each page.
func readSounds(name string) [][]byte {
	file, err := os.Open(name)
	try(err)
	reader, _, err := oggreader.NewWith(file)
	try(err)
	var sounds [][]byte
	for {
		page, _, err := reader.ParseNextPage()
		if err == io.EOF {
			return sounds
		}
		try(err)
		if len(sounds) > 0 || string(page[:4]) != "Opus" { // the page of tags
			sounds = append(sounds, page)
		}
	}
}
