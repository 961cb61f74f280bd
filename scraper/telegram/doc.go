// Package telegram fills the lake from public Telegram channels over MTProto. It
// is the plugin "telegram" whole: loading is the scraper package's, extracting,
// signing in and checking are here.
//
// One run goes:
//
//		settings ─▶ session (locked) ─▶ client ─▶ for each channel: resolve ─▶ pages ─▶ images ─▶ records ─▶ lakewriter
//
//	  - settings.go reads `config.meta.gdbt` and the command line's options.
//	  - session.go keeps the session, session_key.go encrypts it, login.go makes it.
//	  - client.go connects: what the server answers with "wait", "elsewhere" or not
//	    at all is handled in middleware.go, for the main connection and for the pools
//	    of the data centres alike.
//	  - resolve.go finds a channel, history.go reads its pages, refresh.go reads what
//	    is known again, download.go fetches images while pages are read.
//	  - message.go, entities.go, media.go turn Telegram's objects into records; raw.go
//	    keeps them whole.
//	  - errors.go says in words what failed and what to do.
//
// Pages are read upwards, from the last known id, so that the checkpoint is one
// number that grows; a page is safe once its images are.
package telegram
