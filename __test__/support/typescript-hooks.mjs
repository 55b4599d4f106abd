/** Module hooks: the types of a `.ts` file are taken out as it is loaded, and its imports of `./x.js` find `./x.ts`. */
import { readFile } from 'node:fs/promises'
import ts from 'typescript'

const isTypeScript = (url) => url?.startsWith('file:') && url.endsWith('.ts')

export async function resolve(specifier, context, next) {
  if (isTypeScript(context.parentURL) && specifier.startsWith('.')) {
    return next(specifier.replace(/\.js$/, '.ts'), context)
  }
  return next(specifier, context)
}

export async function load(url, context, next) {
  if (!isTypeScript(url)) return next(url, context)
  const { outputText } = ts.transpileModule(await readFile(new URL(url), 'utf8'), {
    compilerOptions: {
      // As it is written: lower targets stand an alias in for a class, which static blocks meet too early.
      target: ts.ScriptTarget.ESNext,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      inlineSourceMap: true,
    },
    fileName: url,
  })
  return { format: 'module', source: outputText, shortCircuit: true }
}
