// SPDX-License-Identifier: GPL-3.0-or-later

// Packet loops: prepared .mjr files held in memory, and the codecs they name.

package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v3"
)

// Codec is what the offer says of a codec of ours.
type Codec struct {
	Kind        webrtc.RTPCodecType
	PayloadType webrtc.PayloadType
	Capability  webrtc.RTPCodecCapability
}

var videoFeedback = []webrtc.RTCPFeedback{
	{Type: "nack"}, {Type: "nack", Parameter: "pli"}, {Type: "ccm", Parameter: "fir"},
	{Type: "goog-remb"},
}

func video(pt webrtc.PayloadType, name, fmtp string) Codec {
	return Codec{webrtc.RTPCodecTypeVideo, pt, webrtc.RTPCodecCapability{
		MimeType: "video/" + name, ClockRate: 90000, SDPFmtpLine: fmtp,
		RTCPFeedback: videoFeedback}}
}

func audio(pt webrtc.PayloadType, name string, clock uint32, channels uint16, fmtp string) Codec {
	return Codec{webrtc.RTPCodecTypeAudio, pt, webrtc.RTPCodecCapability{
		MimeType: "audio/" + name, ClockRate: clock, Channels: channels, SDPFmtpLine: fmtp}}
}

const h264Fmtp = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"

// codecs is keyed by the name that an .mjr header carries.
var codecs = map[string]Codec{
	"vp8":  video(96, "VP8", ""),
	"vp9":  video(98, "VP9", "profile-id=0"),
	"av1":  video(45, "AV1", ""),
	"h264": video(102, "H264", h264Fmtp),
	"h265": video(104, "H265", ""),
	"opus": audio(111, "opus", 48000, 2, "minptime=10;useinbandfec=1"),
	"pcmu": audio(0, "PCMU", 8000, 0, ""),
	"pcma": audio(8, "PCMA", 8000, 0, ""),
	"g722": audio(9, "G722", 8000, 0, ""),
}

// Frame is one RTP packet of a loop, less what each publisher makes its own.
type Frame struct {
	At      uint32 // timestamp, from the loop's start
	Marker  bool
	Payload []byte
}

// Loop is shared by all publishers and never changes.
type Loop struct {
	Name   string
	Codec  Codec
	Frames []Frame
	Span   uint32 // timestamp units from a lap's start to the next one's
}

// Layer is one RTP stream of a track; without simulcast a track has one, and it has no rid.
type Layer struct {
	Rid  string
	Loop *Loop
}

// LoadTrack reads "FILE" or, for simulcast, "rid=FILE,rid=FILE,…".
func LoadTrack(text string) ([]Layer, error) {
	var layers []Layer
	for _, item := range strings.Split(text, ",") {
		rid, path := "", item
		if at := strings.IndexByte(item, '='); at >= 0 {
			rid, path = item[:at], item[at+1:]
		}
		loop, err := LoadLoop(path)
		if err != nil {
			return nil, err
		}
		layers = append(layers, Layer{rid, loop})
	}
	return layers, nil
}

// LoadLoop reads an .mjr file (version 2, audio or video) whole.
func LoadLoop(path string) (*Loop, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	name, rest, err := parseHeader(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	codec, known := codecs[name]
	if !known {
		return nil, fmt.Errorf("%s: unknown codec %q", path, name)
	}
	loop := &Loop{Name: name, Codec: codec}
	if err := loop.read(rest); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return loop, nil
}

func parseHeader(data []byte) (codec string, rest []byte, err error) {
	if len(data) < 10 || string(data[:8]) != "MJR00002" {
		return "", nil, errors.New("not an .mjr file of version 2")
	}
	end := 10 + int(binary.BigEndian.Uint16(data[8:]))
	if end > len(data) {
		return "", nil, errors.New("the header is cut off")
	}
	var header struct {
		Codec string `json:"c"`
	}
	if err := json.Unmarshal(data[10:end], &header); err != nil {
		return "", nil, err
	}
	return strings.ToLower(header.Codec), data[end:], nil
}

func (l *Loop) read(data []byte) error {
	var first uint32
	for len(data) > 0 {
		if len(data) < 10 || string(data[:4]) != "MEET" {
			return errors.New("damaged frame")
		}
		end := 10 + int(binary.BigEndian.Uint16(data[8:]))
		if end > len(data) {
			return errors.New("the last frame is cut off")
		}
		var packet rtp.Packet
		if err := packet.Unmarshal(data[10:end]); err != nil {
			return err
		}
		if len(l.Frames) == 0 {
			first = packet.Timestamp
		}
		l.Frames = append(l.Frames, Frame{packet.Timestamp - first, packet.Marker, packet.Payload})
		data = data[end:]
	}
	return l.measure()
}

// measure sets the span: the last frame is taken to last as long as the one before.
func (l *Loop) measure() error {
	last := len(l.Frames) - 1
	for i := last - 1; i >= 0; i-- {
		if step := l.Frames[last].At - l.Frames[i].At; step != 0 {
			l.Span = l.Frames[last].At + step
			return nil
		}
	}
	return errors.New("fewer than two frames")
}
