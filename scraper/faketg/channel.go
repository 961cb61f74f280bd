package faketg

import (
	"slices"
	"sort"
	"strings"
	"sync"
	"time"
)

// Channel is a public channel. Its methods may be called while clients read it.
type Channel struct {
	// ID is what stays when a channel is renamed.
	ID int64
	// About is its description, Members the number of its subscribers.
	About   string
	Members int
	// Group makes it a supergroup: a channel in which everybody writes.
	Group bool

	mu       sync.RWMutex
	username string
	title    string
	private  bool
	lastID   int
	posts    []Post // by ID; deleted ones are not there
}

// NewChannel opens an empty channel.
func NewChannel(id int64, username, title string) *Channel {
	return &Channel{ID: id, username: username, title: title, Members: 1000}
}

// Post is a message of a channel.
type Post struct {
	// ID is given by the channel when 0. IDs grow; they need not be dense.
	ID   int
	Date time.Time
	// EditDate is the zero time for a post that was not edited.
	EditDate time.Time
	// Text of the message; links, hashtags, mentions and phone numbers in it
	// become entities as Telegram makes them.
	Text string
	// Views and Forwards count.
	Views, Forwards int
	// Replies counts comments; -1 for a post that can't be commented on.
	Replies   int
	Reactions []Reaction
	// ReplyTo is the ID of the post that this one answers, 0 for none.
	ReplyTo int
	// Album is the same number for the photos of one album, 0 for none.
	Album  int64
	Author string
	// Forward is where the post came from, nil for the channel's own.
	Forward *Forward
	// At most one of these is set.
	Photo    *Photo
	Document *Document
	Poll     *Poll
	// Link is a preview of a web page.
	Link *Link
	// Pinned makes it a service message that says that post Pinned was pinned.
	Pinned int
}

// Reaction is how often an emoji was given.
type Reaction struct {
	Emoji string
	Count int
}

// Forward is the origin of a forwarded post: a channel of the network (by its
// ID, with the post's ID there), or somebody's name.
type Forward struct {
	Channel int64
	Post    int
	Name    string
	Date    time.Time
}

// Poll asks a question.
type Poll struct {
	ID       int64
	Question string
	Answers  []string
	// Votes has one count for each answer.
	Votes []int
}

// Link is a preview of a web page.
type Link struct {
	ID                      int64
	URL, Title, Description string
}

// Username is the channel's present name.
func (c *Channel) Username() string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.username
}

// Title is the channel's present title.
func (c *Channel) Title() string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.title
}

// Rename gives the channel another name and title.
func (c *Channel) Rename(username, title string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.username, c.title = username, title
}

// SetPrivate makes all calls about the channel answer CHANNEL_PRIVATE.
func (c *Channel) SetPrivate(private bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.private = private
}

func (c *Channel) isPrivate() bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.private
}

// Add posts a message and gives its ID. An ID that is not above all others is
// replaced by the next one.
func (c *Channel) Add(p Post) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.ID <= c.lastID {
		p.ID = c.lastID + 1
	}
	c.lastID = p.ID
	c.posts = append(c.posts, p)
	return p.ID
}

// Edit changes a post; false when there is none.
func (c *Channel) Edit(id int, change func(*Post)) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	i, ok := c.find(id)
	if ok {
		p := c.posts[i]
		change(&p)
		p.ID = id
		c.posts[i] = p
	}
	return ok
}

// Delete takes posts away.
func (c *Channel) Delete(ids ...int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.posts = slices.DeleteFunc(c.posts, func(p Post) bool { return slices.Contains(ids, p.ID) })
}

// Grow lets the posts be seen more: views by a part per hundred, and at least by
// one where there are any.
func (c *Channel) Grow(percent int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.posts {
		if v := c.posts[i].Views; v > 0 {
			c.posts[i].Views = v + max(1, v*percent/100)
		}
	}
}

// Posts lists the channel's messages, oldest first.
func (c *Channel) Posts() []Post {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return slices.Clone(c.posts)
}

// Post gives one message.
func (c *Channel) Post(id int) (Post, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	i, ok := c.find(id)
	if !ok {
		return Post{}, false
	}
	return c.posts[i], true
}

// LastID is the highest ID that was ever given.
func (c *Channel) LastID() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.lastID
}

func (c *Channel) find(id int) (int, bool) {
	i := sort.Search(len(c.posts), func(i int) bool { return c.posts[i].ID >= id })
	return i, i < len(c.posts) && c.posts[i].ID == id
}

// page is a stretch of history, newest first, by the rules of messages.getHistory:
// start at the newest post below offsetID (and sent before offsetDate), move by
// addOffset, keep what lies between minID and maxID (both left out).
func (c *Channel) page(offsetID int, offsetDate int64, addOffset, limit, maxID, minID int) (page []Post, total int) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	total = len(c.posts)
	start := total // posts[:start] are those below the offset
	if offsetID > 0 {
		start, _ = c.find(offsetID)
	}
	if offsetDate > 0 {
		start = min(start, sort.Search(total, func(i int) bool { return c.posts[i].Date.Unix() >= offsetDate }))
	}
	start = min(start-addOffset, total)
	for i := start - 1; i >= 0 && len(page) < limit; i-- {
		if id := c.posts[i].ID; (maxID == 0 || id < maxID) && id > minID {
			page = append(page, c.posts[i])
		} else if id <= minID {
			break
		}
	}
	return page, total
}

func sameName(a, b string) bool { return strings.EqualFold(strings.TrimPrefix(a, "@"), b) }
