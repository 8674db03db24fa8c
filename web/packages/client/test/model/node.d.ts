// The little of Node that the model test uses; its whole types are no dependency of this project.

declare const process: { env: Record<string, string | undefined> };
declare module 'node:child_process' {
  export interface ChildProcess {
    stdin: { write(text: string): void; end(): void } | null;
    stdout: unknown;
    on(event: 'exit', run: () => void): void;
  }
  export function spawn(file: string, options: object): ChildProcess;
  export function execFileSync(file: string, args: string[], options: object): void;
}
declare module 'node:readline' {
  export function createInterface(options: { input: unknown }): { on(event: 'line', run: (line: string) => void): void };
}
