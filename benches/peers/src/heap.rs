//! Counts the bytes that the program holds on the heap.
//!
//! Every thread counts in a place of its own, so counting costs about a nanosecond a call and the engines are timed with it. What
//! one thread allocates and another frees is right in the sum.

#![expect(unsafe_code, reason = "an allocator is unsafe by nature; this one passes everything on to the system's")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering};

/// Bytes that were allocated and not freed, by all threads; exact while no other thread runs.
pub(crate) fn held_bytes() -> isize {
    HELD.iter().map(|held| held.load(Ordering::Relaxed)).sum()
}

/// What each thread holds; less than nothing if it frees what others have allocated.
static HELD: [AtomicIsize; MAX_THREADS] = [const { AtomicIsize::new(0) }; MAX_THREADS];
static NEXT_PLACE: AtomicUsize = AtomicUsize::new(0);
/// More threads than ever run here; later ones would share places.
const MAX_THREADS: usize = 4096;

thread_local! {
    // Initialized by a constant and without a destructor, so the allocator may use it at any time.
    static PLACE: Cell<Option<usize>> = const { Cell::new(None) };
}

fn count(change: isize) {
    let place = PLACE.get().unwrap_or_else(|| {
        let place = NEXT_PLACE.fetch_add(1, Ordering::Relaxed) % MAX_THREADS;
        PLACE.set(Some(place));
        place
    });
    // Nobody else writes here.
    let held = &HELD[place];
    held.store(held.load(Ordering::Relaxed).wrapping_add(change), Ordering::Relaxed);
}

#[derive(Debug)]
struct CountingAllocator;

// SAFETY: every method passes its arguments on to `System` as they came and returns what `System` returned, so what the caller
// promises to this allocator it promises to `System`, and what `System` promises holds here. Counting touches numbers
// of this thread only and neither allocates nor panics.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's promises are those that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: as in `alloc`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count(new_size as isize - layout.size() as isize);
        // SAFETY: `pointer` came from `System` by `alloc` above, with this layout; the rest is the caller's promise.
        unsafe { System.realloc(pointer, layout, new_size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: as in `realloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_thread_has_allocated_is_counted_until_it_is_freed_here() {
        let before = held_bytes();
        let list = std::thread::scope(|scope| scope.spawn(|| Vec::<u8>::with_capacity(1_000_000)).join().expect("it ends"));
        assert!(held_bytes() - before >= 1_000_000);
        drop(list);
        assert!(held_bytes() - before < 1_000_000);
    }

    #[test]
    fn what_is_held_is_counted_and_what_is_freed_is_not() {
        let before = held_bytes();
        let mut list: Vec<u8> = Vec::with_capacity(1_000);
        assert_eq!(held_bytes() - before, 1_000);
        list.reserve_exact(5_000);
        assert_eq!(held_bytes() - before, 5_000);
        drop(list);
        assert_eq!(held_bytes() - before, 0);
    }
}
