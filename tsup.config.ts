import { resolve } from 'node:path'
import { defineConfig, type Options } from 'tsup'

/** No source maps: they would carry paths of the building machine, and the output is readable as it is. */
const common: Options = {
  target: 'node20',
  platform: 'node',
  outDir: 'dist',
  sourcemap: false,
  clean: false,
  metafile: true,
}

const library: Options = {
  ...common,
  entry: { index: 'ts/index.ts' },
  // The bundler of declarations sets an option that TypeScript 6 announces the end of.
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
}

const face = resolve('ts/index.ts')

/** Leaves the library outside of the command line, which lies one folder below it, so that both use the same classes. */
const sharedLibrary: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'shared-library',
  setup(build) {
    build.onResolve({ filter: /\/index\.js$/ }, ({ path, resolveDir }) =>
      resolve(resolveDir, path).replace(/\.js$/, '.ts') === face ? { path: '../index.js', external: true } : undefined,
    )
  },
}

export default defineConfig([
  { ...library, format: 'esm' },
  { ...library, format: 'cjs', shims: true },
  {
    ...common,
    entry: { main: 'ts/cli/main.ts' },
    outDir: 'dist/cli',
    format: 'esm',
    splitting: true,
    esbuildPlugins: [sharedLibrary],
  },
])
