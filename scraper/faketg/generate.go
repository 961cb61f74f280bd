package faketg

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// Spec says what Generate makes up. Zero values mean what the fields say.
type Spec struct {
	// Seed decides everything: the same Spec gives the same channels.
	Seed uint64
	// Channels to make; 1 when 0.
	Channels int
	// Messages of each channel; 100 when 0.
	Messages int
	// Photos of each channel; none when 0.
	Photos int
	// PhotoBytes is about how large the largest size of a photo is; 20 kB when 0.
	PhotoBytes int
	// DC that photos lie in; the centres 2 and 4 in turn when 0.
	DC int
	// Until is the day of the newest messages; 2026-01-31 when zero.
	Until time.Time
	// Days is how far back the oldest goes; 60 when 0.
	Days int
}

// Generate makes up channels of shops: price lists in Amharic and English,
// albums, replies, forwards, reactions, edits, polls, documents, links and posts
// that were deleted. The first are called fakepharma, madeupcosmetics, noclinic,
// testmed_addis and samplestore, further ones fakeshop5, fakeshop6 and so on.
func Generate(spec Spec) []*Channel {
	orDefault := func(n *int, d int) {
		if *n == 0 {
			*n = d
		}
	}
	orDefault(&spec.Channels, 1)
	orDefault(&spec.Messages, 100)
	orDefault(&spec.PhotoBytes, 20<<10)
	orDefault(&spec.Days, 60)
	if spec.Until.IsZero() {
		spec.Until = time.Date(2026, 1, 31, 18, 0, 0, 0, time.UTC)
	}
	var all []*Channel
	for i := range spec.Channels {
		username, title := fmt.Sprintf("fakeshop%d", i), fmt.Sprintf("Fake Shop %d", i)
		if i < len(names) {
			username, title = names[i].username, names[i].title
		}
		ch := NewChannel(int64(1_000_000+i), username, title)
		ch.About, ch.Members = "Made up for tests", 500+i*211
		g := generator{spec: spec, rng: rand.New(rand.NewPCG(spec.Seed, uint64(i))), ch: ch, others: all}
		g.fill(int64(i+1) * 1_000_000)
		all = append(all, ch)
	}
	return all
}

type generator struct {
	spec   Spec
	rng    *rand.Rand
	ch     *Channel
	others []*Channel
	files  int64 // the next file's id
}

// fill posts the channel's messages.
func (g *generator) fill(firstFile int64) {
	g.files = firstFile
	step := time.Duration(g.spec.Days) * 24 * time.Hour / time.Duration(g.spec.Messages)
	start := g.spec.Until.Add(-step * time.Duration(g.spec.Messages-1))
	photosLeft, album, albumLeft := g.spec.Photos, int64(0), 0
	for n := range g.spec.Messages {
		left := g.spec.Messages - n
		if g.rng.IntN(25) == 0 {
			g.ch.lastID++ // a post that was deleted long ago
		}
		post := g.post(start.Add(step * time.Duration(n)))
		switch {
		case albumLeft > 0 && photosLeft > 0:
			post.Album, post.Text, post.Forward = album, "", nil
			post.Photo, post.Document, post.Poll, post.Link = g.photo(), nil, nil, nil
			photosLeft, albumLeft = photosLeft-1, albumLeft-1
		case photosLeft > 0 && g.rng.IntN(left) < photosLeft:
			post.Photo, post.Document, post.Poll, post.Link = g.photo(), nil, nil, nil
			photosLeft, albumLeft = photosLeft-1, 0
			if photosLeft > 0 && g.rng.IntN(5) == 0 {
				album++
				post.Album = g.ch.ID*1000 + album
				album, albumLeft = post.Album, 1+g.rng.IntN(3)
			}
		default:
			albumLeft = 0
		}
		if n > 0 && n == g.spec.Messages/2 {
			post = Post{Date: post.Date, Pinned: g.ch.lastID}
		}
		g.ch.Add(post)
	}
}

// post makes up a message without a photo.
func (g *generator) post(at time.Time) Post {
	rng := g.rng
	p := Post{
		Date: at, Text: writeText(rng, g.ch.username), Views: int(math.Exp(5 + 1.2*rng.NormFloat64())), Replies: -1,
		Author: pick(rng, writers),
	}
	p.Forwards = rng.IntN(1 + p.Views/20)
	if rng.IntN(3) == 0 {
		p.Replies = rng.IntN(12)
	}
	if rng.IntN(4) == 0 {
		for i := range 1 + rng.IntN(3) {
			p.Reactions = append(p.Reactions, Reaction{emoji[i], 1 + rng.IntN(40)})
		}
	}
	if g.ch.lastID > 2 && rng.IntN(12) == 0 {
		p.ReplyTo = 1 + rng.IntN(g.ch.lastID)
	}
	if rng.IntN(10) == 0 {
		p.EditDate = at.Add(time.Duration(1+rng.IntN(300)) * time.Minute)
	}
	switch rng.IntN(40) {
	case 0:
		p.Document = &Document{ID: g.file(), DC: g.dc(), Name: "price list.pdf", Mime: "application/pdf", Bytes: 5000 + rng.IntN(5000)}
	case 1:
		p.Poll = &Poll{ID: g.file(), Question: "የትኛው ይሻላል? Which one?", Answers: []string{"Syrup", "ክኒን"}, Votes: []int{rng.IntN(90), rng.IntN(90)}}
		p.Text = ""
	case 2:
		p.Link = &Link{ID: g.file(), URL: "https://example.invalid/leaflet", Title: "Leaflet", Description: "መረጃ"}
		p.Text = "https://example.invalid/leaflet"
	case 3:
		p.Forward = &Forward{Name: "Somebody", Date: at.Add(-time.Hour)}
	case 4:
		if len(g.others) > 0 {
			from := pick(rng, g.others)
			p.Forward = &Forward{Channel: from.ID, Post: 1 + rng.IntN(from.lastID), Date: at.Add(-2 * time.Hour)}
		}
	}
	return p
}

func (g *generator) file() int64 { g.files++; return g.files }

func (g *generator) photo() *Photo {
	return NewPhoto(g.file(), g.dc(), g.spec.PhotoBytes/2+g.rng.IntN(g.spec.PhotoBytes))
}

func (g *generator) dc() int {
	if g.spec.DC != 0 {
		return g.spec.DC
	}
	return 2 + 2*int(g.files%2)
}
