// A clock of the test's for a server of its own: libfaketime, which a server is told of when it starts.

import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function openClock() {
  const libraries = readdirSync('/usr/lib').map((folder) => join('/usr/lib', folder, 'faketime/libfaketimeMT.so.1'));
  const library = libraries.find((path) => existsSync(path));
  if (!library) throw new Error('libfaketime is missing, so no clock can be moved');
  const folder = mkdtempSync(join(tmpdir(), 'houseful-clock-'));
  const file = join(folder, 'clock');
  /** So far ahead of the true time; durations are as they are. */
  const set = (seconds) => {
    writeFileSync(`${file}.new`, `+${seconds}s\n`);
    renameSync(`${file}.new`, file);
  };
  set(0);
  const settings = {
    LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  return { set, settings, close: () => rmSync(folder, { recursive: true, force: true }) };
}
