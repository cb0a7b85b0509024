// SPDX-License-Identifier: GPL-3.0-or-later

// The latest packets of a track, to send again what the gateway asks for.

package main

import (
	"sync"

	"github.com/pion/rtp"
)

const historySize = 512 // packets: seconds of video, as in browsers

type sentPacket struct {
	header  rtp.Header
	payload []byte // the loop's
}

// History is written by the pacer and read by whoever reads feedback.
type History struct {
	lock sync.Mutex
	sent [historySize]sentPacket
}

func (h *History) Keep(header *rtp.Header, payload []byte) {
	h.lock.Lock()
	defer h.lock.Unlock()
	h.sent[header.SequenceNumber%historySize] = sentPacket{*header, payload}
}

// Find is false when the packet is too old, or was never sent.
func (h *History) Find(number uint16) (sentPacket, bool) {
	h.lock.Lock()
	defer h.lock.Unlock()
	packet := h.sent[number%historySize]
	return packet, packet.header.Version == 2 && packet.header.SequenceNumber == number
}
