/** A `pg_snapshot` taken apart: which transactions were over when it was taken. */
export interface Snapshot {
  /** The oldest transaction that was still open: everything below it is final. */
  readonly xmin: bigint
  /** The first one that had not been given out. */
  readonly xmax: bigint
  /** Those in between that were open. */
  readonly open: readonly bigint[]
}

/** Reads the text form, `xmin:xmax:open,open,…`. */
export function parseSnapshot(text: string): Snapshot {
  const [xmin = '', xmax = '', open = ''] = text.split(':')
  return {
    xmin: BigInt(xmin),
    xmax: BigInt(xmax),
    open: open === '' ? [] : open.split(',').map(BigInt),
  }
}

/** Whether what the transaction wrote, if it committed, is visible in the snapshot. */
export function isVisibleIn({ xmin, xmax, open }: Snapshot, xid: bigint): boolean {
  return xid < xmin || (xid < xmax && !open.includes(xid))
}
