import { defineConfig, type Options } from 'tsup'

/** What every bundle has in common. No source maps: they would carry paths of the building machine, and the output is readable. */
const common: Options = {
  target: 'node20',
  platform: 'node',
  outDir: 'dist',
  sourcemap: false,
  clean: false,
  metafile: true,
}

export default defineConfig([
  {
    ...common,
    // One graph with shared chunks: the command line and the library use the same classes.
    entry: { index: 'ts/index.ts', 'cli/main': 'ts/cli/main.ts' },
    format: 'esm',
    splitting: true,
    dts: { entry: { index: 'ts/index.ts' } },
  },
  {
    ...common,
    entry: { index: 'ts/index.ts' },
    format: 'cjs',
    shims: true,
    dts: true,
  },
])
