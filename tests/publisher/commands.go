// SPDX-License-Identifier: GPL-3.0-or-later

// Commands, one JSON object a line on stdin: {"do": "…", "publisher": N, "id": …, …}.
// Without "publisher" all of them do it. Each answers with a line {"event": "done", "id": …} of
// its own; "error" in it says why it failed.

package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Command is one line of input.
type Command struct {
	Do        string
	Publisher *int
	ID        interface{}
	Body      json.RawMessage // message: the request
	Text      string          // data: a text message …
	Binary    string          // … or a binary one, in base64
	Track     string          // mute, unmute: its label; all when empty
	Seconds   float64         // play
}

type action func(*Peer, *Command) (Fields, error)

// actions is what "do" may say.
var actions = map[string]action{
	"message": (*Peer).message, // a plugin request; the reply is in "message"
	"data":    (*Peer).sendData,
	"play": func(p *Peer, c *Command) (Fields, error) { // go on as it is for a while
		time.Sleep(time.Duration(c.Seconds * float64(time.Second)))
		return nil, p.flush()
	},
	"mute":    func(p *Peer, c *Command) (Fields, error) { return nil, p.mute(c.Track, 1) },
	"unmute":  func(p *Peer, c *Command) (Fields, error) { return nil, p.mute(c.Track, 0) },
	"hangup":  func(p *Peer, c *Command) (Fields, error) { return nil, p.leave(p.handle.Hangup) },
	"detach":  func(p *Peer, c *Command) (Fields, error) { return nil, p.leave(p.handle.Detach) },
	"destroy": func(p *Peer, c *Command) (Fields, error) { return nil, p.leave(p.handle.Destroy) },
	// close says good-bye by a DTLS alert; vanish says nothing at all.
	"close":  func(p *Peer, c *Command) (Fields, error) { return nil, p.leave(p.pc.Close) },
	"vanish": func(p *Peer, c *Command) (Fields, error) { return nil, p.leave(p.vanish) },
	"stop":   func(p *Peer, c *Command) (Fields, error) { return nil, p.stopMedia() },
	"stats":  func(p *Peer, c *Command) (Fields, error) { return p.stats(), nil },
}

// Run does a command on every publisher that it names, at the same time.
func (c *Command) Run(peers []*Peer) {
	run, known := actions[c.Do]
	if !known {
		Report(-1, "done", Fields{"id": c.ID, "error": "unknown command " + c.Do})
		return
	}
	var all sync.WaitGroup
	for _, peer := range peers {
		if c.Publisher != nil && *c.Publisher != peer.Number {
			continue
		}
		all.Add(1)
		go func(peer *Peer) {
			defer all.Done()
			fields, err := peer.obey(run, c)
			if fields == nil {
				fields = Fields{}
			}
			if err != nil {
				fields["error"] = err.Error()
			}
			fields["id"], fields["do"] = c.ID, c.Do
			peer.Report("done", fields)
		}(peer)
	}
	all.Wait()
}

func (p *Peer) obey(run action, c *Command) (Fields, error) {
	if p.handle == nil || p.pc == nil {
		return nil, fmt.Errorf("never got to publish")
	}
	return run(p, c)
}

func (p *Peer) message(c *Command) (Fields, error) {
	reply, err := p.handle.Request(c.Body, nil)
	return Fields{"message": reply}, err
}

func (p *Peer) sendData(c *Command) (Fields, error) {
	if p.data == nil {
		return nil, fmt.Errorf("no data channel: see --data")
	}
	if c.Binary == "" {
		p.dataJournal.Message([]byte(c.Text))
		return nil, p.data.SendText(c.Text)
	}
	bytes, err := base64.StdEncoding.DecodeString(c.Binary)
	if err != nil {
		return nil, err
	}
	p.dataJournal.Message(bytes)
	return nil, p.data.Send(bytes)
}

func (p *Peer) mute(label string, muted int32) error {
	found := false
	for _, track := range p.tracks {
		if label == "" || label == track.label {
			atomic.StoreInt32(&track.muted, muted)
			found = true
		}
	}
	if !found {
		return fmt.Errorf("no track %q", label)
	}
	return p.flush()
}

// leave ends the media first, so that the journal's end is the last packet that Janus got.
func (p *Peer) leave(how func() error) error {
	if err := p.stopMedia(); err != nil {
		return err
	}
	return how()
}

func (p *Peer) stopMedia() error {
	atomic.StoreInt32(&p.closed, 1)
	p.options.Pacer.Remove(p)
	return p.flush()
}

func (p *Peer) flush() error {
	for _, journal := range p.journals {
		if err := journal.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// vanish is what pulling the plug does.
func (p *Peer) vanish() error {
	p.handle.Silence()
	return p.socket.Close()
}

func (p *Peer) stats() Fields {
	tracks := Fields{}
	for _, track := range p.tracks {
		tracks[track.label] = Fields{
			"packets": atomic.LoadUint32(&track.packets),
			"octets":  atomic.LoadUint32(&track.octets),
			"plis":    atomic.LoadUint32(&track.plis),
		}
	}
	return Fields{"tracks": tracks}
}

// End leaves in good order, whatever has happened before.
func (p *Peer) End() {
	p.stopMedia()
	for _, journal := range p.journals {
		journal.Close()
	}
	p.Report("end", p.stats())
	if p.handle != nil {
		p.handle.Destroy()
	}
	if p.pc != nil {
		p.pc.Close()
	}
}
