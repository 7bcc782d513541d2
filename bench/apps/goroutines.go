// As suspended.mjs, in Go: BENCH_FUNCTIONS goroutines on a heap of BENCH_HEAP_MB MB of small objects, and Go's own dump
// of them to stderr. Lines on stdin ask it: "longest", for how long at most a goroutine that sleeps for 1 ms at a time
// was kept from running since the last such question, and "dump 1" or "dump 2" with the `debug` of runtime/pprof. Each
// is answered by a line with milliseconds.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"strconv"
	"sync"
	"time"
)

type child struct {
	x int
	y *child
}

type account struct {
	id    int
	name  string
	tags  []string
	child *child
}

func number(name string) int {
	value, err := strconv.Atoi(os.Getenv(name))
	if err != nil {
		panic(err)
	}
	return value
}

func fill(bytes uint64) []*account {
	var accounts []*account
	var memory runtime.MemStats
	for memory.HeapAlloc < bytes {
		for count := 0; count < 20000; count++ {
			i := len(accounts)
			text := strconv.Itoa(i)
			accounts = append(accounts, &account{i, "user-" + text, []string{"a" + text, "b"}, &child{x: i}})
		}
		runtime.ReadMemStats(&memory)
	}
	return accounts
}

//go:noinline
func query(answer chan int) int { return <-answer }

//go:noinline
func load(answer chan int) int { return query(answer) + 1 }

//go:noinline
func handle(answer chan int) int { return load(answer) + 1 }

//go:noinline
func pause() { time.Sleep(time.Hour) }

//go:noinline
func poll() {
	for {
		pause()
	}
}

//go:noinline
func gather(answer chan int) {
	var both sync.WaitGroup
	for count := 0; count < 2; count++ {
		both.Add(1)
		go func() {
			query(answer)
			both.Done()
		}()
	}
	both.Wait()
}

// ticker notes the longest that it could not look at the clock.
type ticker struct {
	mutex   sync.Mutex
	last    time.Time
	longest time.Duration
}

// look gives the longest time since the last reset.
func (t *ticker) look(reset bool) time.Duration {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	now := time.Now()
	if gap := now.Sub(t.last); gap > t.longest {
		t.longest = gap
	}
	t.last = now
	longest := t.longest
	if reset {
		t.longest = 0
	}
	return longest
}

func (t *ticker) run() {
	for {
		time.Sleep(time.Millisecond)
		t.look(false)
	}
}

func answer(duration time.Duration) {
	fmt.Println(float64(duration.Microseconds()) / 1000)
}

func main() {
	accounts := fill(uint64(number("BENCH_HEAP_MB")) * 1000000)
	answers := make(chan int)
	for task, started := 0, 0; started < number("BENCH_FUNCTIONS"); task++ {
		switch task % 6 {
		case 1, 5:
			go poll()
			started++
		case 3:
			go gather(answers)
			started += 3
		default:
			go handle(answers)
			started++
		}
	}
	runtime.GC()
	time.Sleep(500 * time.Millisecond)
	ticks := &ticker{last: time.Now()}
	go ticks.run()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	fmt.Printf("heap %d MB, %s\nready\n", memory.HeapAlloc/1000000, runtime.Version())

	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if lines.Text() == "longest" {
			answer(ticks.look(true))
			continue
		}
		debug, err := strconv.Atoi(lines.Text()[len("dump "):])
		if err != nil {
			panic(err)
		}
		started := time.Now()
		if err := pprof.Lookup("goroutine").WriteTo(os.Stderr, debug); err != nil {
			panic(err)
		}
		answer(time.Since(started))
	}
	runtime.KeepAlive(accounts)
}
