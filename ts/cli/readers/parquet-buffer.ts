import { Buffer } from 'node:buffer'
import { type FileHandle, open } from 'node:fs/promises'

/** Random access to the bytes of a Parquet file. */
export interface ClosableBuffer {
  byteLength: number
  slice(start: number, end?: number): Promise<ArrayBuffer>
  close(): Promise<void>
}

export async function fileBuffer(path: string): Promise<ClosableBuffer> {
  const handle = await open(path)
  const { size } = await handle.stat()
  return {
    byteLength: size,
    slice: (start, end = size) => readRange(handle, Math.max(start, 0), Math.min(end, size)),
    close: () => handle.close(),
  }
}

async function readRange(handle: FileHandle, start: number, end: number): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(Math.max(end - start, 0))
  let length = 0
  while (length < bytes.length) {
    const { bytesRead } = await handle.read(bytes, length, bytes.length - length, start + length)
    if (bytesRead === 0) throw new Error('the file ends early')
    length += bytesRead
  }
  return bytes.buffer
}

/** Parquet is read from its end, so what comes as a stream is collected first: its compressed bytes, not its rows. */
export async function memoryBuffer(chunks: AsyncIterable<Buffer>): Promise<ClosableBuffer> {
  const parts: Buffer[] = []
  for await (const chunk of chunks) parts.push(chunk)
  const bytes = new Uint8Array(Buffer.concat(parts))
  return {
    byteLength: bytes.length,
    slice: async (start, end) => bytes.slice(start, end).buffer,
    close: async () => {},
  }
}
