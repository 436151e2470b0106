//! Counts the bytes that the program holds on the heap.
//!
//! Every thread counts for itself, so counting costs about a nanosecond a call and the engines are timed with it.

#![expect(unsafe_code, reason = "an allocator is unsafe by nature; this one passes everything on to the system's")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// Bytes that this thread has allocated and not freed.
pub(crate) fn held_bytes() -> isize {
    HELD.get()
}

thread_local! {
    // Initialized by a constant and without a destructor, so the allocator may use it at any time.
    static HELD: Cell<isize> = const { Cell::new(0) };
}

fn count(change: isize) {
    HELD.set(HELD.get().wrapping_add(change));
}

#[derive(Debug)]
struct CountingAllocator;

// SAFETY: every method passes its arguments on to `System` as they came and returns what `System` returned, so what the caller
// promises to this allocator it promises to `System`, and what `System` promises holds here. Counting touches a thread-local
// number only and neither allocates nor panics.
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
