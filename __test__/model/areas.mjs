/** What programs do not do yet: the faults that they would find there are being mended. */
export const AREAS = {
  /** Rows that are waited for until they are written. */
  written: false,
  /** Organisation and dataset that are the same text when they are joined. */
  collide: true,
}
