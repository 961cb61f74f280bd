package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/downloader"
	"github.com/gotd/td/tg"

	"github.com/gdbt-dev/gdbt/scraper/faketg"
)

// The scraper beside the loop that one writes by hand: channel after channel, page after page, photo after photo. Every
// answer takes 15 ms, as from a near data centre. One iteration is a whole scrape of both.
func BenchmarkExtract(b *testing.B) {
	channels := faketg.Generate(faketg.Spec{Seed: 3, Channels: 6, Messages: 500, Photos: 20, PhotoBytes: 60_000, DC: 2})
	messages := float64(6 * 500)
	var names []string
	photoBytes := 0.0
	for _, ch := range channels {
		names = append(names, ch.Username())
		for _, p := range ch.Posts() {
			if p.Photo != nil {
				photoBytes += float64(p.Photo.Largest().Bytes)
			}
		}
	}
	var ours, loop time.Duration
	for b.Loop() {
		w := newWorld(b, channels...)
		w.Inject(faketg.Fault{Times: -1, Effect: faketg.Delay(15 * time.Millisecond)})
		began := time.Now()
		w.mustExtract(config(strings.Join(names, ",")))
		ours += time.Since(began)
		began = time.Now()
		if err := plainLoop(b, w, names); err != nil {
			b.Fatal(err)
		}
		loop += time.Since(began)
	}
	n := float64(b.N)
	b.ReportMetric(messages*n/ours.Seconds(), "msg/s")
	b.ReportMetric(photoBytes*n/1e6/ours.Seconds(), "MB/s")
	b.ReportMetric(messages*n/loop.Seconds(), "loop-msg/s")
	b.ReportMetric(photoBytes*n/1e6/loop.Seconds(), "loop-MB/s")
	b.ReportMetric(loop.Seconds()/ours.Seconds(), "x-faster")
}

func plainLoop(b *testing.B, w *world, names []string) error {
	dir := b.TempDir()
	o := w.ClientOptions()
	client := telegram.NewClient(faketg.APIID, faketg.APIHash, o)
	return client.Run(b.Context(), func(ctx context.Context) error {
		if _, err := client.Auth().Bot(ctx, faketg.Bot.BotToken); err != nil {
			return err
		}
		for _, name := range names {
			if err := plainChannel(ctx, client.API(), w.Server.Channel(name), name, dir); err != nil {
				return err
			}
		}
		return nil
	})
}

// plainChannel reads by id, as bots do.
func plainChannel(ctx context.Context, api *tg.Client, ch *faketg.Channel, name, dir string) error {
	r, err := api.ContactsResolveUsername(ctx, &tg.ContactsResolveUsernameRequest{Username: name})
	if err != nil {
		return err
	}
	in := r.Chats[0].(*tg.Channel).AsInput()
	var all []map[string]any
	for first := 1; first <= ch.LastID(); first += 100 {
		var ids []tg.InputMessageClass
		for id := first; id < first+100; id++ {
			ids = append(ids, &tg.InputMessageID{ID: id})
		}
		page, err := api.ChannelsGetMessages(ctx, &tg.ChannelsGetMessagesRequest{Channel: in, ID: ids})
		if err != nil {
			return err
		}
		for _, m := range page.(*tg.MessagesChannelMessages).Messages {
			msg, ok := m.(*tg.Message)
			if !ok {
				continue
			}
			all = append(all, map[string]any{"id": msg.ID, "date": msg.Date, "text": msg.Message, "views": msg.Views})
			media, ok := msg.Media.(*tg.MessageMediaPhoto)
			if !ok {
				continue
			}
			photo := media.Photo.(*tg.Photo)
			var file bytes.Buffer
			if _, err := downloader.NewDownloader().Download(api, &tg.InputPhotoFileLocation{
				ID: photo.ID, AccessHash: photo.AccessHash, FileReference: photo.FileReference, ThumbSize: "y",
			}).Stream(ctx, &file); err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(dir, name+strconv.Itoa(msg.ID)+".jpg"), file.Bytes(), 0o644); err != nil {
				return err
			}
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name+".json"), text, 0o644)
}
