/** What ends the command with exit code 2 and this one line: something that the user can put right. */
export class UserError extends Error {
  override readonly name = 'UserError'
}

/** The input cannot be read any further; what was logged of it is not written. */
export function unreadable(label: string, reason: string): UserError {
  return new UserError(`${label}: ${reason}`)
}

const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder, not a file',
  EEXIST: 'it exists and is not a folder',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'the name is too long',
}

/** The reason of a failed system call in words; the error's own text when the code is not a known one. */
export function systemReason(error: unknown): string {
  const code = errorCode(error)
  return (code !== undefined && SYSTEM_REASONS[code]) || oneLine(error instanceof Error ? error.message : String(error))
}

export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
