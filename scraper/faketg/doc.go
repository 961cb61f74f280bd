// Package faketg is a Telegram in this process: data centres that speak
// MTProto over loopback TCP, an account to sign in with, and channels with
// messages and photos that tests and the demo make up. It serves what the
// scraper asks for and nothing else.
//
//	channels := faketg.Generate(faketg.Spec{Seed: 1, Channels: 2, Messages: 250, Photos: 20})
//	tg, err := faketg.Start(faketg.Options{Channels: channels, SignedIn: true})
//	defer tg.Close()
//	client := telegram.NewClient(faketg.APIID, faketg.APIHash, tg.ClientOptions())
//
// What goes wrong in the real network goes wrong here on demand. A [Fault] meets
// the nth call of a method, with an error of Telegram's, a dropped connection,
// silence, or a change of a channel between two pages:
//
//	tg.Inject(faketg.Fault{Method: "messages.getHistory", Nth: 2, Effect: faketg.FloodWait(1)})
//	tg.Inject(faketg.Fault{Method: "upload.getFile", Effect: faketg.Drop()})
//	tg.Inject(faketg.Fault{Method: "messages.getHistory", Nth: 3, Effect: faketg.Do(func() { shop.Delete(17) })})
//
// and [Server.ExpireFileReferences], [Server.ForgetKeys], [Server.SignOut] and
// [Channel.SetPrivate] do what their names say.
//
// The protocol is gotd's own server, tgtest, with three things added: one lock
// around its table of keys, which it reads and writes under two; wrappers that
// it doesn't peel (takeout sessions); and listeners that can drop connections
// and forget keys. A key exchange costs about 0.1 s of CPU, so tests share a
// server and a session where they can.
//
// Nobody here is real: people, phone numbers (country code 999 is nobody's),
// channels and pictures are made up from a seed.
package faketg
