// Unit tests only; the browser suite in e2e/ has node's own runner.
import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { include: ['packages/*/test/**/*.test.ts', 'app/test/**/*.test.ts'] } });
