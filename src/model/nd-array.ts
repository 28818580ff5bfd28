/** An n-dimensional array as numpy stores it: C order, raw bytes. */
export interface NdArray {
  /** numpy's `dtype.str`: `<f4`, `<f8`, `|u1`, `<i8`, ... */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly buffer: Uint8Array;
}

/** A vector most of whose components are zero. `indices` ascend and are unique; `values[i]` stands at `indices[i]`. */
export interface SparseVector {
  readonly dimensions: number;
  readonly indices: Uint32Array;
  readonly values: Float32Array;
}
