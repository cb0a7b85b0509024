// SPDX-License-Identifier: GPL-3.0-or-later

// One RTP stream: a place in a loop, and numbering of its own. The pacer alone calls send().

package main

import (
	"errors"
	"math/rand"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v3"
)

const (
	orientationURI = "urn:3gpp:video-orientation"
	speechLevel    = 0x80 | 30 // RFC 6464: voice, -30 dBov
)

// Track implements webrtc.TrackLocal, so that what is sent is known to the last bit.
type Track struct {
	loop    *Loop
	label   string // "audio", "video", "video-q", …
	rid     string
	mid     func() string
	journal *Journal
	history History
	lose    uint32 // each so many-th packet is not sent until it is asked for; 0: none
	taken   uint32 // packets that were not muted

	bound  int32 // atomic: the fields below may be used
	writer webrtc.TrackLocalWriter
	header rtp.Header // template: payload type, SSRC, extensions
	turned rtp.Header // the same with the orientation, for the last packet of a picture

	place    int    // in the loop
	lapStart uint64 // timestamp units from the first packet to the lap's start
	first    uint32 // timestamp of the first packet
	clock    float64
	late     time.Duration // every packet is sent that long after its time
	restart  int32         // atomic: go back to the loop's start
	muted    int32         // atomic

	packets, octets, plis uint32 // atomic
	buffer                [1600]byte
}

func NewTrack(loop *Loop, label, rid string, mid func() string, journal *Journal) *Track {
	t := &Track{loop: loop, label: label, rid: rid, mid: mid, journal: journal,
		clock: float64(loop.Codec.Capability.ClockRate)}
	t.header.SequenceNumber = uint16(rand.Uint32())
	t.first = rand.Uint32()
	return t
}

func (t *Track) ID() string                { return t.loop.Codec.Kind.String() }
func (t *Track) RID() string               { return t.rid }
func (t *Track) StreamID() string          { return "publisher" }
func (t *Track) Kind() webrtc.RTPCodecType { return t.loop.Codec.Kind }
func (t *Track) Unbind(ctx webrtc.TrackLocalContext) error {
	atomic.StoreInt32(&t.bound, 0)
	return nil
}

func (t *Track) Bind(ctx webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	for _, codec := range ctx.CodecParameters() {
		if strings.EqualFold(codec.MimeType, t.loop.Codec.Capability.MimeType) {
			t.writer = ctx.WriteStream()
			t.prepare(ctx, codec.PayloadType)
			atomic.StoreInt32(&t.bound, 1)
			return codec, nil
		}
	}
	return webrtc.RTPCodecParameters{}, errors.New("the answer refuses " + t.loop.Name)
}

// prepare makes the header templates; their extension blocks are shared by all packets.
func (t *Track) prepare(ctx webrtc.TrackLocalContext, payloadType webrtc.PayloadType) {
	t.header.Version = 2
	t.header.PayloadType = uint8(payloadType)
	t.header.SSRC = uint32(ctx.SSRC())
	t.turned = t.header
	for _, extension := range ctx.HeaderExtensions() {
		value := t.extensionValue(extension.URI)
		if extension.URI == orientationURI {
			t.turned.SetExtension(uint8(extension.ID), []byte{0})
		} else if value != nil {
			t.header.SetExtension(uint8(extension.ID), value)
			t.turned.SetExtension(uint8(extension.ID), value)
		}
	}
}

func (t *Track) extensionValue(uri string) []byte {
	switch {
	case uri == sdp.SDESMidURI:
		return []byte(t.mid())
	case uri == sdp.SDESRTPStreamIDURI && t.rid != "":
		return []byte(t.rid)
	case uri == sdp.AudioLevelURI && t.Kind() == webrtc.RTPCodecTypeAudio:
		return []byte{speechLevel}
	}
	return nil
}

// due says when the next packet is to go, from the start of media.
func (t *Track) due() time.Duration {
	units := t.lapStart + uint64(t.loop.Frames[t.place].At)
	return time.Duration(float64(units)/t.clock*float64(time.Second)) + t.late
}

// send sends the next packet of the loop, unless muted, and moves on.
func (t *Track) send() error {
	if atomic.CompareAndSwapInt32(&t.restart, 1, 0) {
		t.rewind()
	}
	frame := &t.loop.Frames[t.place]
	timestamp := t.first + uint32(t.lapStart) + frame.At
	if t.place++; t.place == len(t.loop.Frames) {
		t.place = 0
		t.lapStart += uint64(t.loop.Span)
	}
	if atomic.LoadInt32(&t.bound) == 0 || atomic.LoadInt32(&t.muted) != 0 {
		return nil
	}
	header := t.header
	if frame.Marker {
		header = t.turned
		header.SequenceNumber = t.header.SequenceNumber
	}
	header.Timestamp = timestamp
	header.Marker = frame.Marker
	t.header.SequenceNumber++
	return t.deliver(&header, frame.Payload)
}

// deliver sends a packet of the loop, or else leaves it to be asked for.
func (t *Track) deliver(header *rtp.Header, payload []byte) error {
	t.history.Keep(header, payload)
	t.taken++
	if t.lose > 0 && t.taken%t.lose == 0 {
		return t.record(header, payload, t.journal)
	}
	return t.write(header, payload, t.journal)
}

// resend does nothing when the packet is too old.
func (t *Track) resend(number uint16) error {
	packet, known := t.history.Find(number)
	if !known {
		return nil
	}
	atomic.AddUint32(&t.packets, 1)
	_, err := t.writer.WriteRTP(&packet.header, packet.payload)
	return err
}

// rewind starts a new lap at the next picture; in the middle of one it waits for the end.
func (t *Track) rewind() {
	if t.place == 0 {
		return
	}
	if t.loop.Frames[t.place].At == t.loop.Frames[t.place-1].At {
		atomic.StoreInt32(&t.restart, 1)
		return
	}
	t.lapStart += uint64(t.loop.Frames[t.place].At)
	t.place = 0
}

func (t *Track) write(header *rtp.Header, payload []byte, journal *Journal) error {
	if err := t.record(header, payload, journal); err != nil {
		return err
	}
	if _, err := t.writer.WriteRTP(header, payload); err != nil {
		return err
	}
	atomic.AddUint32(&t.packets, 1)
	atomic.AddUint32(&t.octets, uint32(len(payload)))
	return nil
}

func (t *Track) record(header *rtp.Header, payload []byte, journal *Journal) error {
	n, err := header.MarshalTo(t.buffer[:])
	if err != nil {
		return err
	}
	journal.Packet(t.buffer[:n+copy(t.buffer[n:], payload)])
	return nil
}
