// SPDX-License-Identifier: GPL-3.0-or-later

// Hostile packets between the good ones: encrypted as they should be, yet wrong inside, or noise.
//
// The RTP library writes no wrong headers. A list of sixteen contributing sources does the trick:
// its count runs over into the extension bit, and the words become an extension of our making.

package main

import (
	"math/rand"
	"net"

	"github.com/pion/rtp"
)

type fault func(p *Peer, t *Track) error

// faultTable names what --faults takes. None of these packets goes into a track's journal.
var faultTable = map[string]fault{
	"version": func(p *Peer, t *Track) error { // libsrtp refuses it
		return t.sendFault(func(h *rtp.Header) { h.Version = 3 }, []byte{1, 2, 3, 4})
	},
	"length": func(p *Peer, t *Track) error { // an extension longer than the packet
		return t.sendFault(func(h *rtp.Header) { extend(h, 0xBEDEFFFF, 0) }, []byte{1})
	},
	"element": func(p *Peer, t *Track) error { // an element longer than its extension
		return t.sendFault(func(h *rtp.Header) { extend(h, 0xBEDE0001, 0x1F000000) }, []byte{1})
	},
	"twobyte": func(p *Peer, t *Track) error { // the same in the two-byte form
		return t.sendFault(func(h *rtp.Header) { extend(h, 0x10000001, 0x01FF0000) }, []byte{1})
	},
	"padding": func(p *Peer, t *Track) error { // more padding than there are bytes
		return t.sendFault(func(h *rtp.Header) { h.Padding = true }, []byte{1, 2, 3, 255})
	},
	"padded": func(p *Peer, t *Track) error { // nothing but padding
		return t.sendFault(func(h *rtp.Header) { h.Padding = true }, []byte{0, 0, 0, 4})
	},
	"empty": func(p *Peer, t *Track) error { // a header alone
		return t.sendFault(func(h *rtp.Header) {}, nil)
	},
	"sources": func(p *Peer, t *Track) error { // fifteen contributing sources, a byte of payload
		return t.sendFault(func(h *rtp.Header) { h.CSRC = make([]uint32, 15) }, []byte{0})
	},
	"noise": func(p *Peer, t *Track) error { // datagrams that are nothing at all
		return p.sendNoise(rand.Intn(64))
	},
	"plain": func(p *Peer, t *Track) error { // RTP that nobody encrypted, cut short
		return p.sendRaw([]byte{0x80, t.header.PayloadType, 0, 1, 0, 0, 0, 0, 0, 0, 0})
	},
}

// extend makes the header carry an extension of these two words; the rest falls to the payload.
func extend(h *rtp.Header, start, element uint32) {
	h.Extension, h.Extensions = false, nil
	h.CSRC = make([]uint32, 16)
	h.CSRC[0], h.CSRC[1] = start, element
}

// sendFault spends a sequence number, since no number can be used twice.
func (t *Track) sendFault(spoil func(*rtp.Header), payload []byte) error {
	header := t.header
	header.Marker = false
	t.header.SequenceNumber++
	spoil(&header)
	return t.write(&header, payload, nil)
}

func (p *Peer) sendNoise(size int) error {
	noise := make([]byte, size+1)
	rand.Read(noise)
	return p.sendRaw(noise)
}

// sendRaw puts bytes on the wire beside the connection, from the same port to the same port.
func (p *Peer) sendRaw(bytes []byte) error {
	pair, err := p.pc.SCTP().Transport().ICETransport().GetSelectedCandidatePair()
	if err != nil || pair == nil {
		return err
	}
	remote := net.UDPAddr{IP: net.ParseIP(pair.Remote.Address), Port: int(pair.Remote.Port)}
	_, err = p.socket.WriteTo(bytes, &remote)
	return err
}

// Injector sends a fault after every so many packets, each in its turn. A nil one sends none.
type Injector struct {
	peer  *Peer
	count int
	next  int
}

func NewInjector(peer *Peer) *Injector {
	if len(peer.options.Faults) == 0 {
		return nil
	}
	return &Injector{peer: peer}
}

// Inject is called by the pacer after each good packet.
func (i *Injector) Inject(t *Track) {
	if i == nil {
		return
	}
	options := i.peer.options
	if i.count++; i.count%options.FaultEvery != 0 {
		return
	}
	name := options.Faults[i.next%len(options.Faults)]
	i.next++
	if err := faultTable[name](i.peer, t); err != nil {
		i.peer.fail("fault "+name, err)
	}
}
