// SPDX-License-Identifier: GPL-3.0-or-later

// Janus's HTTP API: one session and one plugin handle per publisher, events by long poll.

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

const (
	replyTimeout = 20 * time.Second
	pollTimeout  = 40 * time.Second // Janus answers an idle poll after 30 s
)

var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1024}}

// Handle is one attached plugin handle.
type Handle struct {
	session string // URL
	url     string
	next    uint64
	stopped int32

	lock    sync.Mutex
	waiting map[string]chan Fields // by transaction, for asynchronous replies

	// OnEvent sees every event that no request waits for; runs on the poller.
	OnEvent func(Fields)
}

// Attach makes a session and a handle, and starts to poll.
func Attach(server, plugin string, onEvent func(Fields)) (*Handle, error) {
	h := &Handle{url: server, OnEvent: onEvent, waiting: map[string]chan Fields{}}
	id, err := h.create(Fields{"janus": "create"})
	if err != nil {
		return nil, err
	}
	h.session = server + "/" + id
	h.url = h.session
	go h.poll()
	if id, err = h.create(Fields{"janus": "attach", "plugin": plugin}); err != nil {
		return nil, err
	}
	h.url = h.session + "/" + id
	return h, nil
}

func (h *Handle) create(request Fields) (string, error) {
	reply, err := h.post(h.url, request)
	if err != nil {
		return "", err
	}
	data, _ := reply["data"].(Fields)
	id, ok := data["id"].(json.Number)
	if !ok {
		return "", fmt.Errorf("%v: %v", request["janus"], reply)
	}
	return id.String(), nil
}

// Request sends a plugin message and returns Janus's envelope of the reply, be it at once or later.
func (h *Handle) Request(body interface{}, jsep Fields) (Fields, error) {
	message := Fields{"janus": "message", "body": body}
	if jsep != nil {
		message["jsep"] = jsep
	}
	transaction := h.transaction()
	message["transaction"] = transaction
	later := make(chan Fields, 1)
	h.lock.Lock()
	h.waiting[transaction] = later
	h.lock.Unlock()
	defer func() {
		h.lock.Lock()
		delete(h.waiting, transaction)
		h.lock.Unlock()
	}()

	reply, err := h.post(h.url, message)
	if err != nil || reply["janus"] != "ack" {
		return reply, err
	}
	select {
	case reply = <-later:
		return reply, nil
	case <-time.After(replyTimeout):
		return nil, fmt.Errorf("no reply in %v to %v", replyTimeout, body)
	}
}

// Hangup, Detach and Destroy ask the core for what their names say.
func (h *Handle) Hangup() error { return h.tell(h.url, "hangup") }
func (h *Handle) Detach() error { return h.tell(h.url, "detach") }
func (h *Handle) Destroy() error {
	h.Silence()
	return h.tell(h.session, "destroy")
}

// Silence ends the polling, so that Janus sees a client that went away.
func (h *Handle) Silence() { atomic.StoreInt32(&h.stopped, 1) }

func (h *Handle) tell(url, verb string) error {
	_, err := h.post(url, Fields{"janus": verb})
	return err
}

func (h *Handle) transaction() string {
	return "t" + strconv.FormatUint(atomic.AddUint64(&h.next, 1), 10)
}

func (h *Handle) post(url string, message Fields) (Fields, error) {
	if message["transaction"] == nil {
		message["transaction"] = h.transaction()
	}
	text, err := json.Marshal(message)
	if err != nil {
		return nil, err
	}
	reply, err := client.Post(url, "application/json", bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	defer reply.Body.Close()
	var out Fields
	return out, decode(reply, &out)
}

// decode keeps the 64-bit ids of Janus whole.
func decode(reply *http.Response, out interface{}) error {
	decoder := json.NewDecoder(reply.Body)
	decoder.UseNumber()
	return decoder.Decode(out)
}

func (h *Handle) poll() {
	patient := &http.Client{Transport: client.Transport, Timeout: pollTimeout}
	for atomic.LoadInt32(&h.stopped) == 0 {
		reply, err := patient.Get(h.session + "?maxev=10")
		if err != nil {
			return
		}
		var events []Fields
		err = decode(reply, &events)
		reply.Body.Close()
		if err != nil {
			return // an object: the session is gone
		}
		for _, event := range events {
			h.dispatch(event)
		}
	}
}

func (h *Handle) dispatch(event Fields) {
	if event["janus"] == "keepalive" {
		return
	}
	transaction, _ := event["transaction"].(string)
	h.lock.Lock()
	waiter := h.waiting[transaction]
	h.lock.Unlock()
	if waiter != nil && event["janus"] == "event" {
		select {
		case waiter <- event:
			return
		default: // a second event of one transaction
		}
	}
	h.OnEvent(event)
}
