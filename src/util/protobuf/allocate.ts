const SLAB_BYTES = 16 * 1024;
/** A longer array gets memory of its own, so that few bytes never hold many. */
const MAX_SHARED_BYTES = 2 * 1024;
/** V8 keeps arrays up to this length in its own heap, which is faster still. */
const IN_HEAP_BYTES = 64;

let slab = new ArrayBuffer(0);
let used = 0;

/** Returns an array of zeros. Short arrays share an `ArrayBuffer`: one of their own costs 1 us. */
export function allocate(length: number): Uint8Array {
  if (length <= IN_HEAP_BYTES || length > MAX_SHARED_BYTES) return new Uint8Array(length);
  if (used + length > slab.byteLength) {
    slab = new ArrayBuffer(SLAB_BYTES);
    used = 0;
  }
  const bytes = new Uint8Array(slab, used, length);
  used += length;
  return bytes;
}
