/** The documents: their TypeScript and JavaScript compiles against the built package, and their links lead somewhere. */
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { filesUnder } from './lib/fresh.mjs'
import { anchors, codeBlocks, links } from './lib/markdown.mjs'
import { at, root, tool } from './lib/project.mjs'
import { runNode } from './lib/run.mjs'

const pages = ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md']
  .map((name) => at(name))
  .concat(filesUnder(at('docs')).filter((file) => file.endsWith('.md')))
const faults = []

for (const page of pages) {
  const text = readFileSync(page, 'utf8')
  for (const target of links(text).filter((target) => !/^[a-z]+:/.test(target))) {
    const [path, anchor] = target.split('#')
    const file = path === '' ? page : resolve(dirname(page), path)
    const found = existsSync(file) && (!anchor || anchors(readFileSync(file, 'utf8')).includes(anchor))
    if (!found) faults.push(`${relative(root, page)}: nothing at ${target}`)
  }
}

/** Compiles every block as a module of its own in a project that has the package. */
async function compileBlocks() {
  const folder = at('node_modules', '.cache', 'rolling-profiles-docs')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'node_modules'), { recursive: true })
  symlinkSync(root, join(folder, 'node_modules', 'rolling-profiles'), 'junction')
  symlinkSync(at('__test__', 'support', 'fastify'), join(folder, 'node_modules', 'fastify'), 'junction')
  let blocks = 0
  for (const page of pages) {
    for (const { language, line, code } of codeBlocks(readFileSync(page, 'utf8'))) {
      if (language !== 'js' && language !== 'ts') continue
      blocks += 1
      const name = relative(root, page).replace(/\W+/g, '-')
      writeFileSync(join(folder, `${name}-line-${line}.m${language}`), `${code}\nexport {}\n`)
    }
  }
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2022', 'esnext.disposable'],
    module: 'nodenext',
    strict: true,
    allowJs: true,
    checkJs: true,
    noEmit: true,
    skipLibCheck: true,
    types: ['node'],
  }
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.mjs', '*.mts'] }))
  const { code, text } = await runNode(tool('typescript', 'tsc'), ['--project', folder], { collect: true, cwd: folder })
  if (code !== 0) faults.push(`examples do not compile:\n${text}`)
  return blocks
}

const blocks = await compileBlocks()
for (const fault of faults) console.error(fault)
if (faults.length === 0) console.log(`${pages.length} pages: ${blocks} examples compile, links lead somewhere`)
process.exitCode = faults.length > 0 ? 1 : 0
