package main

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"time"

	gotd "github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/dcs"
	"github.com/gotd/td/tg"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gdbt-dev/gdbt/engine/source"
	"github.com/gdbt-dev/gdbt/scraper/faketg"
	"github.com/gdbt-dev/gdbt/scraper/telegram"
)

// fakeTelegram is the environment variable that tells the program under test where the
// fake network is: the JSON of a network.
const fakeTelegram = "GDBT_TEST_TELEGRAM"

type network struct {
	Options []tg.DCOption
	Key     string
}

// startTelegram starts a network with two channels of 120 messages and 6 photos.
func startTelegram(ts *testscript.TestScript, _ bool, _ []string) {
	channels := faketg.Generate(faketg.Spec{Seed: 7, Channels: 2, Messages: 120, Photos: 6, PhotoBytes: 5000, DC: 2})
	s, err := faketg.Start(faketg.Options{Channels: channels})
	ts.Check(err)
	ts.Defer(s.Close)
	text, err := json.Marshal(network{s.DCList().Options, s.PublicKeyPEM()})
	ts.Check(err)
	ts.Setenv(fakeTelegram, string(text))
}

// pluginsOfTest are the program's, with the fake network where there is one.
func pluginsOfTest() []source.Plugin {
	text := os.Getenv(fakeTelegram)
	if text == "" {
		return plugins()
	}
	var n network
	if err := json.Unmarshal([]byte(text), &n); err != nil {
		panic(err)
	}
	block, _ := pem.Decode([]byte(n.Key))
	key, err := x509.ParsePKCS1PublicKey(block.Bytes)
	if err != nil {
		panic(err)
	}
	return []source.Plugin{telegram.New(telegram.Options{DC: 2, DCList: dcs.List{Options: n.Options},
		PublicKeys: []gotd.PublicKey{{RSA: (*rsa.PublicKey)(key)}}, ConnectTimeout: 20 * time.Second})}
}
