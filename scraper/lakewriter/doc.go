// Package lakewriter fills the lake of messages and images, and checks it. Source
// plugins use it; it knows nothing of where messages come from.
//
//	root/telegram_messages/2026-01-18/shop.json      messages, one file a channel and day of the scrape (UTC)
//	root/telegram_messages/2026-01-18/_manifest.json what each file of the day holds, with checksums
//	root/images/shop/12.jpg                          image of message 12
//	root/_state/shop.json                            checkpoint of a channel
//	root/_state/shop.journal                         records that are safe and not in a file of the day yet
//	root/_state/images.ndjson                        images by their content, to keep each once
//
// What is in the lake is never changed, only added to. A record travels so:
//
//	Channel.Commit → journal (synced) → checkpoint (renamed into place) → Channel.Flush → file of the day (renamed) → manifest
//
// A record names an image only when the image is in the lake. A message whose image could not be had gets a record
// that says why (image_error), and a second one with the image when a later run, of that day or another, has got it;
// the newest record of a message is the one that counts, for readers as for the models. (Naming the image beforehand would spare the
// second record, and let readers trust names of images that are not there, without size or checksum.)
//
// The checkpoint is the moment that counts: what the journal holds beyond it is
// cut off when the channel is opened again, and a journal that was in the midst
// of becoming a part of the file is taken up again, without its records twice. So a
// process may be killed at any point.
package lakewriter
