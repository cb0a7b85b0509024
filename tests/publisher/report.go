// SPDX-License-Identifier: GPL-3.0-or-later

// What happened, as JSON lines on stdout: {"publisher": 0, "event": "…", …}.

package main

import (
	"encoding/json"
	"os"
	"sync"
)

// Fields is a JSON object in the making.
type Fields = map[string]interface{}

var reportLock sync.Mutex

// Report prints one line. The publisher is -1 when the program itself speaks.
func Report(publisher int, event string, fields Fields) {
	line := Fields{"publisher": publisher, "event": event}
	for name, value := range fields {
		line[name] = value
	}
	text, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	reportLock.Lock()
	defer reportLock.Unlock()
	os.Stdout.Write(append(text, '\n'))
}
