// The room behind the model test: a program of the project that runs the real thing, asked by lines of JSON.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const PROJECT = new URL('../../../../../', import.meta.url).pathname;

export type Step = [name: string, ...rest: unknown[]];
export type Sent = [connection: number, frame: Record<string, unknown>];

/** Builds the program, with what every build of the project's tests builds. */
export function buildRoom(): void {
  execFileSync('cargo', ['build', '--quiet', '--workspace', '--example', 'model'], { cwd: PROJECT, stdio: 'inherit' });
}

export class RealRoom {
  #process: ChildProcess;
  #waiting: ((line: string) => void)[] = [];

  constructor() {
    const target = process.env.CARGO_TARGET_DIR ?? `${PROJECT}target`;
    this.#process = spawn(`${target}/debug/examples/model`, { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.#process.stdout! }).on('line', (line) => this.#waiting.shift()?.(line));
    this.#process.on('exit', () => {
      for (const answer of this.#waiting.splice(0)) answer('');
    });
  }

  ask(steps: Step[]): Promise<Sent[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push((line) => (line ? resolve(JSON.parse(line) as Sent[]) : reject(new Error('the room has died'))));
      this.#process.stdin!.write(`${JSON.stringify(steps)}\n`);
    });
  }

  end(): void {
    this.#process.stdin!.end();
  }
}
