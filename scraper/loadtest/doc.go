// Package loadtest holds the tests of the loader on real warehouses. They are
// apart from the scraper's own tests because they link every adapter.
package loadtest
