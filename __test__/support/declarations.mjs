/** The public declarations as an editor shows them: what has a hover text, and which default it names. */
import ts from 'typescript'
import { at } from '../../scripts/lib/project.mjs'

/** What a caller gives: each optional field says its default. */
const GIVEN = /(Options|Config|Limits|Window|Spec)$/

/**
 * The public members of a built file of declarations.
 *
 * @param {string} path below the root
 * @returns {{ name: string, owner: string, doc: string, isGiven: boolean, default: string | undefined }[]} `isGiven`:
 * a field that may be left out; `owner`: the exported name that it belongs to.
 */
export function publicMembers(path) {
  const file = at(path)
  const program = ts.createProgram([file], {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    types: [],
  })
  const checker = program.getTypeChecker()
  const module = checker.getSymbolAtLocation(program.getSourceFile(file))
  const members = []

  const textOf = (documented) => ts.displayPartsToString(documented.getDocumentationComment(checker)).trim()
  const defaultOf = (symbol) => {
    const tag = symbol.getJsDocTags(checker).find(({ name }) => name === 'default')
    return tag && ts.displayPartsToString(tag.text).trim()
  }
  const isHidden = (node) =>
    (node.name !== undefined && ts.isPrivateIdentifier(node.name)) ||
    Boolean(ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private) ||
    ts.getJSDocTags(node).some((tag) => tag.tagName.text === 'internal')

  function add(owner, name, documented, node, isGiven) {
    members.push({
      owner,
      name,
      doc: textOf(documented),
      isGiven: isGiven && node.questionToken !== undefined,
      default: 'getJsDocTags' in documented ? defaultOf(documented) : undefined,
    })
  }

  /** Objects that are described in place, wherever in a type. */
  function literals(owner, name, node, isGiven) {
    if (node === undefined) return
    if (ts.isIntersectionTypeNode(node)) {
      const whole = checker.getTypeAtLocation(node)
      for (const part of node.types) {
        if (ts.isTypeLiteralNode(part)) fields(owner, name, part, isGiven, (field) => whole.getProperty(field))
        else literals(owner, name, part, isGiven)
      }
    } else if (ts.isTypeLiteralNode(node)) fields(owner, name, node, isGiven)
    else ts.forEachChild(node, (child) => literals(owner, name, child, isGiven))
  }

  function fields(owner, name, node, isGiven, find = () => undefined) {
    for (const field of node.members) {
      if (!ts.isPropertySignature(field)) continue
      const symbol = checker.getSymbolAtLocation(field.name)
      add(owner, `${name}.${symbol.name}`, find(symbol.name) ?? symbol, field, isGiven)
      literals(owner, `${name}.${symbol.name}`, field.type, isGiven)
    }
  }

  function signature(owner, name, node) {
    // Each overload has a hover text of its own. Errors are made by the package alone.
    const isPlain = ts.isConstructorDeclaration(node) && (node.parameters.length === 0 || owner.endsWith('Error'))
    if (!isPlain) add(owner, `${name}()`, checker.getSignatureFromDeclaration(node), node, false)
    for (const parameter of node.parameters) {
      literals(owner, `${name}(${parameter.name.getText()})`, parameter.type, true)
    }
    literals(owner, `${name}()`, node.type, false)
  }

  /** What an interface or a type has of others of ours. */
  function inherited(owner, symbol, node) {
    if (!ts.isInterfaceDeclaration(node) && !ts.isTypeAliasDeclaration(node)) return
    for (const property of checker.getDeclaredTypeOfSymbol(symbol).getProperties()) {
      const [field] = property.declarations ?? []
      const isOwn = field?.parent === node || field?.parent === node.type
      if (field === undefined || isOwn || field.getSourceFile().fileName !== file || isHidden(field)) continue
      add(owner, `${owner}.${property.name}`, property, field, GIVEN.test(owner))
    }
  }

  function visit(owner, node) {
    if (ts.isFunctionDeclaration(node)) signature(owner, owner, node)
    else if (ts.isTypeAliasDeclaration(node)) literals(owner, owner, node.type, GIVEN.test(owner))
    else if (ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node)) {
      for (const member of node.members) {
        if (isHidden(member)) continue
        if (ts.isConstructorDeclaration(member)) {
          signature(owner, `new ${owner}`, member)
          continue
        }
        if (member.name === undefined) continue
        const name = `${owner}.${member.name.getText()}`
        if (ts.isMethodDeclaration(member) || ts.isMethodSignature(member)) {
          signature(owner, name, member)
          continue
        }
        if (ts.isSetAccessor(member)) continue
        add(owner, name, checker.getSymbolAtLocation(member.name), member, GIVEN.test(owner))
        literals(owner, name, member.type, GIVEN.test(owner))
      }
    }
  }

  for (const exported of checker.getExportsOfModule(module)) {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
    members.push({ owner: exported.name, name: exported.name, doc: textOf(symbol), isGiven: false, default: undefined })
    for (const node of symbol.declarations ?? []) {
      visit(exported.name, node)
      inherited(exported.name, symbol, node)
    }
  }
  return members
}

/**
 * What an editor shows of the last name of an expression.
 *
 * @param {string} path of the declarations, below the root
 * @param {string} expression whose names are exported there, such as `declare const view: ColumnView; view.name`
 */
export function hoverOf(path, expression) {
  const file = at('__test__/hover.ts')
  const names = expression.match(/\b[A-Z]\w+/g)
  const text = `import type { ${names.join(', ')} } from ${JSON.stringify(at(path).replace(/\.d\.ts$/, '.js'))}\n${expression}`
  const service = ts.createLanguageService({
    getCompilationSettings: () => ({
      module: ts.ModuleKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      types: [],
      strict: true,
    }),
    getScriptFileNames: () => [file],
    getScriptVersion: () => '1',
    getScriptSnapshot: (name) => {
      const found = name === file ? text : ts.sys.readFile(name)
      return found === undefined ? undefined : ts.ScriptSnapshot.fromString(found)
    },
    getCurrentDirectory: () => at('.'),
    getDefaultLibFileName: (options) => ts.getDefaultLibFilePath(options),
    fileExists: (name) => name === file || ts.sys.fileExists(name),
    readFile: (name) => (name === file ? text : ts.sys.readFile(name)),
  })
  return ts.displayPartsToString(service.getQuickInfoAtPosition(file, text.length - 1)?.documentation)
}
