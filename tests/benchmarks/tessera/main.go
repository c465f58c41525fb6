// Appends events to a Tessera POSIX log, with or without checking an Ed25519 signature over each first, and prints how
// many a second became part of the signed tree. The other side of bench_sealing.py.
//
//	appending -events FILE -log FOLDER [-checks] [-checkers 2]
//
// FILE holds the public key (32 bytes) and then, for each event, its length (4 bytes, big-endian), signature and bytes.
package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"flag"
	"fmt"
	"log"
	"os"
	"sync"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

type event struct{ signature, body []byte }

func main() {
	from := flag.String("events", "", "the events, as bench_sealing.py writes them")
	folder := flag.String("log", "", "an empty folder for the log")
	checks := flag.Bool("checks", false, "check each signature before the event is appended")
	checkers := flag.Int("checkers", 2, "how many check at once")
	flag.Parse()
	public, events := read(*from)
	ctx := context.Background()
	driver, err := posix.New(ctx, posix.Config{Path: *folder})
	fatal(err)
	secret, _, err := note.GenerateKey(rand.Reader, "bench.example/log")
	fatal(err)
	signer, err := note.NewSigner(secret)
	fatal(err)
	options := tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithBatching(1024, 100*time.Millisecond).
		WithCheckpointInterval(250 * time.Millisecond)
	appender, shutdown, reader, err := tessera.NewAppender(ctx, driver, options)
	fatal(err)

	began := time.Now()
	work := make(chan []event, len(events)/256+1)
	for at := 0; at < len(events); at += 256 {
		work <- events[at:min(at+256, len(events))]
	}
	close(work)
	var group sync.WaitGroup
	for range *checkers {
		group.Add(1)
		go func() {
			defer group.Done()
			for some := range work {
				var futures []tessera.IndexFuture
				for _, each := range some {
					if *checks && !ed25519.Verify(public, each.body, each.signature) {
						log.Fatal("a signature does not hold")
					}
					futures = append(futures, appender.Add(ctx, tessera.NewEntry(each.body)))
				}
				for _, future := range futures {
					_, err := future()
					fatal(err)
				}
			}
		}()
	}
	group.Wait()
	for {
		size, err := reader.IntegratedSize(ctx)
		fatal(err)
		if size >= uint64(len(events)) {
			break
		}
		time.Sleep(time.Millisecond)
	}
	fmt.Printf("%.0f\n", float64(len(events))/time.Since(began).Seconds())
	fatal(shutdown(ctx))
}

func read(path string) (ed25519.PublicKey, []event) {
	data, err := os.ReadFile(path)
	fatal(err)
	public, rest := data[:ed25519.PublicKeySize], data[ed25519.PublicKeySize:]
	var events []event
	for len(rest) > 0 {
		length, begin := int(binary.BigEndian.Uint32(rest)), 4+ed25519.SignatureSize
		events = append(events, event{rest[4:begin], rest[begin : begin+length]})
		rest = rest[begin+length:]
	}
	return public, events
}

func fatal(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
