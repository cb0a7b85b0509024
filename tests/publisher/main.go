// SPDX-License-Identifier: GPL-3.0-or-later

// A scripted publisher: sends prepared RTP to a plugin of Janus over real ICE, DTLS and SRTP.
//
// It prints what happens as JSON lines, takes commands as JSON lines on stdin (commands.go), and
// keeps a journal of what it sent (journal.go). It ends at "quit", at the end of its input, or
// after --seconds of media.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"sort"
	"strings"
	"sync"
	"time"
)

const startingAtOnce = 10 // each costs a DTLS handshake; more only make it late

func main() {
	options := &Options{}
	server := flag.String("server", "http://127.0.0.1:8088/janus", "Janus's HTTP `URL`")
	plugin := flag.String("plugin", "janus.plugin.recorder", "package `name` of the plugin")
	request := flag.String("request", `{"request": "publish", "stream": "%s"}`,
		"the request that the offer goes with, `JSON`; %s is the stream's name")
	stream := flag.String("stream", "stream", "`name`; several publishers get -0, -1, …")
	publishers := flag.Int("publishers", 1, "how `many`")
	audio := flag.String("audio", "", "packet loop, `FILE.mjr`")
	video := flag.String("video", "", "packet loop, `FILE.mjr`; for simulcast rid=FILE.mjr,…")
	seconds := flag.Float64("seconds", 0, "of media, then end; 0: until told")
	speed := flag.Float64("speed", 1, "`times` real time")
	journal := flag.String("journal", "", "`folder` for what was sent; must exist")
	data := flag.Bool("data", false, "open a data channel")
	ignorePLI := flag.Bool("ignore-pli", false, "do not go back to a keyframe when asked")
	flag.UintVar(&options.Lose, "lose", 0, "send each `Nth` packet of video only when asked again")
	flag.DurationVar(&options.AudioLate, "audio-late", 0, "send sound that `long` after its time")
	faults := flag.String("faults", "", "send hostile packets: `kind,…` or all")
	faultEvery := flag.Int("fault-every", 20, "good `packets` between two hostile ones")
	flag.Parse()

	options.Server, options.Plugin, options.Request = *server, *plugin, *request
	options.Data, options.HonourPLI, options.Journal = *data, !*ignorePLI, *journal
	options.FaultEvery = *faultEvery
	options.Pacer = &Pacer{speed: *speed}
	var err error
	if options.Faults, err = parseFaults(*faults); err != nil {
		fatal(err)
	}
	for _, text := range []string{*audio, *video} {
		if text == "" {
			continue
		}
		layers, err := LoadTrack(text)
		if err != nil {
			fatal(err)
		}
		options.Tracks = append(options.Tracks, layers)
	}

	peers := make([]*Peer, *publishers)
	for i := range peers {
		name := *stream
		if *publishers > 1 {
			name = fmt.Sprintf("%s-%d", *stream, i)
		}
		peers[i] = NewPeer(i, name, options)
	}
	commands := readCommands()
	go options.Pacer.Run()
	failures := publish(peers)
	Report(-1, "ready", Fields{"publishers": len(peers), "failed": failures})
	obey(peers, commands, *seconds)
	each(peers, (*Peer).End)
	if failures > 0 {
		os.Exit(1)
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "publisher:", err)
	os.Exit(2)
}

func list(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

func parseFaults(text string) ([]string, error) {
	var names []string
	if text == "all" {
		for name := range faultTable {
			names = append(names, name)
		}
		sort.Strings(names) // the same order in every run
		return names, nil
	}
	for _, name := range list(text) {
		if faultTable[name] == nil {
			return nil, fmt.Errorf("unknown fault %q", name)
		}
		names = append(names, name)
	}
	return names, nil
}

// publish starts all and returns how many could not.
func publish(peers []*Peer) int {
	var lock sync.Mutex
	failures := 0
	each(peers, func(peer *Peer) {
		if err := peer.Publish(); err != nil {
			peer.Report("failed", Fields{"error": err.Error()})
			lock.Lock()
			failures++
			lock.Unlock()
		}
	})
	return failures
}

func each(peers []*Peer, do func(*Peer)) {
	var all sync.WaitGroup
	turn := make(chan struct{}, startingAtOnce)
	for _, peer := range peers {
		all.Add(1)
		turn <- struct{}{}
		go func(peer *Peer) {
			defer all.Done()
			do(peer)
			<-turn
		}(peer)
	}
	all.Wait()
}

// readCommands closes the channel at the end of the input.
func readCommands() <-chan *Command {
	commands := make(chan *Command)
	go func() {
		defer close(commands)
		lines := bufio.NewScanner(os.Stdin)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			command := &Command{}
			if err := json.Unmarshal(lines.Bytes(), command); err != nil {
				Report(-1, "done", Fields{"error": err.Error()})
				continue
			}
			commands <- command
		}
	}()
	return commands
}

// obey returns when it is time to end.
func obey(peers []*Peer, commands <-chan *Command, seconds float64) {
	var timeUp <-chan time.Time
	if seconds > 0 {
		timeUp = time.After(time.Duration(seconds * float64(time.Second)))
		// The end of the input means nothing then: often there is none.
	}
	for {
		select {
		case command, open := <-commands:
			if open && command.Do != "quit" {
				command.Run(peers)
			} else if open || timeUp == nil {
				return
			} else {
				commands = nil
			}
		case <-timeUp:
			return
		}
	}
}
