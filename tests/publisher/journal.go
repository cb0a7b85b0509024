// SPDX-License-Identifier: GPL-3.0-or-later

// The journal: exactly what was sent, one .mjr file per track, so that whatever reads
// recordings reads journals too. Audio and video hold the RTP packets as they were before
// encryption; data and rtcp hold i64 wall-clock microseconds and the message.

package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Journal may be nil: then nothing is written. Safe for any goroutine.
type Journal struct {
	lock  sync.Mutex
	file  *os.File
	out   *bufio.Writer
	start time.Time
}

// OpenJournal makes FOLDER/NAME.mjr. An empty folder gives a nil journal.
func OpenJournal(folder, name, letter, codec string) (*Journal, error) {
	if folder == "" {
		return nil, nil
	}
	file, err := os.Create(filepath.Join(folder, name+".mjr"))
	if err != nil {
		return nil, err
	}
	j := &Journal{file: file, out: bufio.NewWriterSize(file, 1<<16), start: time.Now()}
	header, _ := json.Marshal(map[string]interface{}{
		"t": letter, "c": codec, "s": j.start.UnixMicro(), "u": j.start.UnixMicro()})
	j.out.WriteString("MJR00002")
	binary.Write(j.out, binary.BigEndian, uint16(len(header)))
	j.out.Write(header)
	return j, nil
}

func (j *Journal) Packet(packet []byte) {
	if j == nil {
		return
	}
	j.lock.Lock()
	defer j.lock.Unlock()
	if j.file == nil {
		return
	}
	var head [10]byte
	copy(head[:], "MEET")
	binary.BigEndian.PutUint32(head[4:], uint32(time.Since(j.start).Milliseconds()))
	binary.BigEndian.PutUint16(head[8:], uint16(len(packet)))
	j.out.Write(head[:])
	j.out.Write(packet)
}

func (j *Journal) Message(message []byte) {
	if j == nil {
		return
	}
	var stamp [8]byte
	binary.BigEndian.PutUint64(stamp[:], uint64(time.Now().UnixMicro()))
	j.Packet(append(stamp[:], message...))
}

// Flush makes what was sent so far readable by others.
func (j *Journal) Flush() error {
	if j == nil {
		return nil
	}
	j.lock.Lock()
	defer j.lock.Unlock()
	return j.out.Flush()
}

// Close may be called twice.
func (j *Journal) Close() error {
	if j == nil || j.file == nil {
		return nil
	}
	err := j.Flush()
	j.lock.Lock()
	defer j.lock.Unlock()
	j.file.Close()
	j.file = nil
	return err
}
