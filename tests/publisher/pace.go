// SPDX-License-Identifier: GPL-3.0-or-later

// One goroutine sends for all publishers: for hundreds far cheaper than a timer each.

package main

import (
	"sync"
	"time"
)

const (
	tick           = 5 * time.Millisecond
	reportInterval = time.Second
)

// Pacer sends what is due, at `speed` times real time.
type Pacer struct {
	speed float64
	lock  sync.Mutex
	peers []*Peer
}

// Add begins a publisher's media. Publishers begin spread over a picture's time, not in step.
func (p *Pacer) Add(peer *Peer) {
	p.lock.Lock()
	defer p.lock.Unlock()
	peer.epoch = time.Now().Add(time.Duration(peer.Number%8) * tick)
	peer.nextReport = peer.epoch
	p.peers = append(p.peers, peer)
}

// Remove returns when no packet of this publisher's is on its way out.
func (p *Pacer) Remove(peer *Peer) {
	p.lock.Lock()
	defer p.lock.Unlock()
	for i := range p.peers {
		if p.peers[i] == peer {
			p.peers = append(p.peers[:i], p.peers[i+1:]...)
			return
		}
	}
}

// Run never returns.
func (p *Pacer) Run() {
	for range time.Tick(tick) {
		p.lock.Lock()
		now := time.Now()
		for _, peer := range p.peers {
			p.serve(peer, now)
		}
		p.lock.Unlock()
	}
}

func (p *Pacer) serve(peer *Peer, now time.Time) {
	if now.Before(peer.epoch) {
		return
	}
	media := time.Duration(float64(now.Sub(peer.epoch)) * p.speed)
	for _, track := range peer.tracks {
		for track.due() <= media {
			if err := track.send(); err != nil {
				peer.fail("send", err)
				return
			}
			peer.faults.Inject(track)
		}
	}
	if !now.Before(peer.nextReport) {
		peer.sendReports(now, media)
		peer.nextReport = peer.nextReport.Add(reportInterval)
	}
}
