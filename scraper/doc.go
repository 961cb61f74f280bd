// Package scraper is the Telegram source plugin: the layout of the lake, the
// reader of its files and the loader that brings them to the raw table.
//
// A lake file goes one way:
//
//		OpenLake → Lake.Files → Reader → rows and rejects → loader → four tables
//
//	  - [OpenLake] finds the files telegram_messages/YYYY-MM-DD/channel.json.
//	  - [Reader] streams one file: a JSON array of message objects, of any size. A
//	    record that can't be read becomes a [Reject] with its position and the
//	    reason, and reading goes on with the next record.
//	  - [Plugin] loads what changed: the raw table holds every record as it was
//	    sent (or, with `rows: message`, the newest of each message), message_metrics
//	    what each scrape saw of it, <table>_rejects what could not be read, <table>_loads which content
//	    of which file is there. A file's rows, rejects and state change in one
//	    transaction.
package scraper
