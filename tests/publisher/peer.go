// SPDX-License-Identifier: GPL-3.0-or-later

// One publisher: a PeerConnection to Janus on 127.0.0.1, its tracks, its data channel.

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/ice/v2"
	"github.com/pion/interceptor"
	"github.com/pion/logging"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v3"
)

const connectTimeout = 15 * time.Second

// Options are the same for all publishers of a run.
type Options struct {
	Server, Plugin string
	Request        string // JSON of the publishing request; %s is the stream's name
	Tracks         [][]Layer
	Data           bool // open a data channel
	HonourPLI      bool
	Journal        string        // folder, or empty
	AudioLate      time.Duration // as by a slow path; the sender reports do not hide it
	Lose           uint          // each so many-th video packet; 0: none
	Faults         []string
	FaultEvery     int
	Pacer          *Pacer
}

// Peer is one publisher. Its methods are called by one goroutine at a time, the pacer's excepted.
type Peer struct {
	Number int
	Stream string

	options *Options
	handle  *Handle
	socket  net.PacketConn
	pc      *webrtc.PeerConnection
	tracks  []*Track
	data    *webrtc.DataChannel
	faults  *Injector

	journals       []*Journal
	rtcpJournal    *Journal
	dataJournal    *Journal
	epoch          time.Time // of the first packet; owned by the pacer once added
	nextReport     time.Time
	connected, up  chan struct{}
	onceConnected  sync.Once
	onceUp         sync.Once
	dataOpen       chan struct{}
	closed, failed int32 // atomic
}

func NewPeer(number int, stream string, options *Options) *Peer {
	return &Peer{Number: number, Stream: stream, options: options,
		connected: make(chan struct{}), up: make(chan struct{}), dataOpen: make(chan struct{})}
}

// Publish goes from nothing to flowing media.
func (p *Peer) Publish() error {
	steps := []struct {
		name string
		run  func() error
	}{
		{"attach", p.attach},
		{"peer connection", p.makeConnection},
		{"tracks", p.addTracks},
		{"data channel", p.addData},
		{"negotiate", p.negotiate},
		{"connect", p.awaitMedia},
	}
	for _, step := range steps {
		if err := step.run(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	p.Report("media", Fields{"stream": p.Stream})
	p.options.Pacer.Add(p)
	return nil
}

func (p *Peer) attach() (err error) {
	p.handle, err = Attach(p.options.Server, p.options.Plugin, func(event Fields) {
		if event["janus"] == "webrtcup" {
			p.onceUp.Do(func() { close(p.up) })
		}
		p.Report("janus", Fields{"message": event})
	})
	return err
}

func (p *Peer) makeConnection() (err error) {
	media := &webrtc.MediaEngine{}
	for _, layers := range p.options.Tracks {
		codec := layers[0].Loop.Codec
		parameters := webrtc.RTPCodecParameters{
			RTPCodecCapability: codec.Capability, PayloadType: codec.PayloadType}
		if err := media.RegisterCodec(parameters, codec.Kind); err != nil {
			return err
		}
	}
	if err := registerExtensions(media); err != nil {
		return err
	}
	here := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)}
	if p.socket, err = net.ListenUDP("udp4", here); err != nil {
		return err
	}
	settings := webrtc.SettingEngine{LoggerFactory: logs()}
	settings.SetICEUDPMux(webrtc.NewICEUDPMux(settings.LoggerFactory.NewLogger("ice"), p.socket))
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	api := webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithSettingEngine(settings),
		webrtc.WithInterceptorRegistry(&interceptor.Registry{}))
	if p.pc, err = api.NewPeerConnection(webrtc.Configuration{}); err != nil {
		return err
	}
	p.pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		p.Report("connection", Fields{"state": state.String()})
		if state == webrtc.PeerConnectionStateConnected {
			p.onceConnected.Do(func() { close(p.connected) })
		}
	})
	return nil
}

// logs keeps stdout for reports alone.
func logs() logging.LoggerFactory {
	factory := logging.NewDefaultLoggerFactory()
	factory.Writer = os.Stderr
	return factory
}

func registerExtensions(media *webrtc.MediaEngine) error {
	uris := map[webrtc.RTPCodecType][]string{
		webrtc.RTPCodecTypeAudio: {sdp.SDESMidURI, sdp.AudioLevelURI},
		webrtc.RTPCodecTypeVideo: {sdp.SDESMidURI, sdp.SDESRTPStreamIDURI, orientationURI},
	}
	for kind, list := range uris {
		for _, uri := range list {
			capability := webrtc.RTPHeaderExtensionCapability{URI: uri}
			if err := media.RegisterHeaderExtension(capability, kind); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *Peer) addTracks() error {
	for _, layers := range p.options.Tracks {
		if err := p.addTransceiver(layers); err != nil {
			return err
		}
	}
	var err error
	p.rtcpJournal, err = p.openJournal("rtcp", "d", "binary")
	p.faults = NewInjector(p)
	return err
}

func (p *Peer) addTransceiver(layers []Layer) error {
	var transceiver *webrtc.RTPTransceiver
	for _, layer := range layers {
		loop, rid, label := layer.Loop, layer.Rid, layer.Loop.Codec.Kind.String()
		if rid != "" {
			label += "-" + rid
		}
		journal, err := p.openJournal(label, label[:1], loop.Name)
		if err != nil {
			return err
		}
		track := NewTrack(loop, label, rid, func() string { return transceiver.Mid() }, journal)
		if loop.Codec.Kind == webrtc.RTPCodecTypeAudio {
			track.late = p.options.AudioLate
		} else {
			track.lose = uint32(p.options.Lose)
		}
		p.tracks = append(p.tracks, track)
		if transceiver != nil {
			if err := transceiver.Sender().AddEncoding(track); err != nil {
				return err
			}
			continue
		}
		transceiver, err = p.pc.AddTransceiverFromTrack(track, webrtc.RTPTransceiverInit{
			Direction: webrtc.RTPTransceiverDirectionSendonly})
		if err != nil {
			return err
		}
	}
	for _, layer := range layers {
		go p.readFeedback(transceiver.Sender(), layer.Rid)
	}
	return nil
}

func (p *Peer) openJournal(label, letter, codec string) (*Journal, error) {
	journal, err := OpenJournal(p.options.Journal, p.Stream+"-"+label, letter, codec)
	p.journals = append(p.journals, journal)
	return journal, err
}

func (p *Peer) addData() (err error) {
	if !p.options.Data {
		return nil
	}
	if p.dataJournal, err = p.openJournal("data", "d", "text"); err != nil {
		return err
	}
	p.data, err = p.pc.CreateDataChannel("publisher", nil)
	if err == nil {
		p.data.OnOpen(func() { close(p.dataOpen) })
	}
	return err
}

func (p *Peer) negotiate() error {
	offer, err := p.pc.CreateOffer(nil)
	if err != nil {
		return err
	}
	gathered := webrtc.GatheringCompletePromise(p.pc)
	if err := p.pc.SetLocalDescription(offer); err != nil {
		return err
	}
	<-gathered
	body, err := p.requestBody()
	if err != nil {
		return err
	}
	jsep := Fields{"type": "offer", "sdp": p.pc.LocalDescription().SDP}
	reply, err := p.handle.Request(body, jsep)
	if err != nil {
		return err
	}
	p.Report("reply", Fields{"message": reply})
	jsep, _ = reply["jsep"].(Fields)
	answer, _ := jsep["sdp"].(string)
	if answer == "" {
		return errors.New("no answer came")
	}
	return p.pc.SetRemoteDescription(webrtc.SessionDescription{
		Type: webrtc.SDPTypeAnswer, SDP: answer})
}

// requestBody is the publishing request, made for this stream.
func (p *Peer) requestBody() (body Fields, err error) {
	quoted, _ := json.Marshal(p.Stream)
	name := strings.Trim(string(quoted), `"`)
	err = json.Unmarshal([]byte(strings.ReplaceAll(p.options.Request, "%s", name)), &body)
	return body, err
}

// awaitMedia waits for both sides, so that not even the first packet comes too early.
func (p *Peer) awaitMedia() error {
	awaited := []<-chan struct{}{p.connected, p.up}
	if p.data != nil {
		awaited = append(awaited, p.dataOpen)
	}
	timeout := time.After(connectTimeout)
	for _, event := range awaited {
		select {
		case <-event:
		case <-timeout:
			return fmt.Errorf("nothing in %v", connectTimeout)
		}
	}
	return nil
}

// fail reports the first error of a connection that nobody closed.
func (p *Peer) fail(what string, err error) {
	if atomic.LoadInt32(&p.closed) == 0 && atomic.CompareAndSwapInt32(&p.failed, 0, 1) {
		p.Report("error", Fields{"error": what + ": " + err.Error()})
	}
}

func (p *Peer) Report(event string, fields Fields) { Report(p.Number, event, fields) }
