// SPDX-License-Identifier: GPL-3.0-or-later

// RTCP both ways: sender reports go out, requests for keyframes come in.

package main

import (
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v3"
)

// readFeedback ends when the connection does.
func (p *Peer) readFeedback(sender *webrtc.RTPSender, rid string) {
	for {
		var packets []rtcp.Packet
		var err error
		if rid == "" {
			packets, _, err = sender.ReadRTCP()
		} else {
			packets, _, err = sender.ReadSimulcastRTCP(rid)
		}
		if err != nil {
			return
		}
		for _, packet := range packets {
			p.feedback(packet)
		}
	}
}

func (p *Peer) feedback(packet rtcp.Packet) {
	for _, ssrc := range packet.DestinationSSRC() {
		for _, track := range p.tracks {
			if track.header.SSRC != ssrc {
				continue
			}
			switch packet := packet.(type) {
			case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
				p.keyframeWanted(track)
			case *rtcp.TransportLayerNack:
				p.resend(track, packet.Nacks)
			}
		}
	}
}

func (p *Peer) resend(track *Track, wanted []rtcp.NackPair) {
	for _, pair := range wanted {
		for _, number := range pair.PacketList() {
			p.Report("nack", Fields{"track": track.label, "seq": number})
			if err := track.resend(number); err != nil {
				p.fail("resend", err)
			}
		}
	}
}

func (p *Peer) keyframeWanted(track *Track) {
	atomic.AddUint32(&track.plis, 1)
	p.Report("pli", Fields{"track": track.label})
	if p.options.HonourPLI {
		atomic.StoreInt32(&track.restart, 1)
	}
}

// sendReports sends a sender report for each track, in a packet of its own: of a compound packet
// with reports on several tracks Janus takes none. Called by the pacer.
func (p *Peer) sendReports(now time.Time, media time.Duration) {
	for _, track := range p.tracks {
		report := track.report(now, media)
		compound := []rtcp.Packet{report, &rtcp.SourceDescription{
			Chunks: []rtcp.SourceDescriptionChunk{{Source: report.SSRC,
				Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: p.Stream}}}}}}
		if err := p.pc.WriteRTCP(compound); err != nil {
			p.fail("sender report", err)
		} else if bytes, err := rtcp.Marshal(compound); err == nil {
			p.rtcpJournal.Message(bytes)
		}
	}
}

// report is the sender report of `now` (RFC 3550 §6.4.1), when `media` time has gone by. All
// tracks of a publisher share that time, so their reports line up.
func (t *Track) report(now time.Time, media time.Duration) *rtcp.SenderReport {
	return &rtcp.SenderReport{
		SSRC:        t.header.SSRC,
		NTPTime:     ntp(now),
		RTPTime:     t.first + uint32(uint64(media.Seconds()*t.clock)),
		PacketCount: atomic.LoadUint32(&t.packets),
		OctetCount:  atomic.LoadUint32(&t.octets),
	}
}

// ntp is the 64-bit time of RFC 5905 §6: seconds since 1900 and their fraction.
func ntp(t time.Time) uint64 {
	const since1900 = 2208988800
	return uint64(t.Unix()+since1900)<<32 | uint64(t.Nanosecond())<<32/uint64(time.Second)
}
