/** The floors of `ts/`, as ARCHITECTURE.md has them. */
module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'native-alone-loads',
      comment: 'native.ts alone imports the loader, so that nothing else knows where the binary comes from.',
      severity: 'error',
      from: { pathNot: '^ts/native\\.ts$' },
      to: { path: '^ts/loader\\.ts$' },
    },
    {
      name: 'errors-are-the-ground',
      comment: 'errors.ts is imported everywhere, so it imports nothing of ours but what makes texts of values.',
      severity: 'error',
      from: { path: '^ts/errors\\.ts$' },
      to: { path: '^ts/', pathNot: '^ts/thrown\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'options-start-nothing',
      comment: 'options.ts defaults and validates; it does not reach the addon.',
      severity: 'error',
      from: { path: '^ts/options\\.ts$' },
      to: { path: '^ts/(native|loader)\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'nothing-knows-the-command-line',
      severity: 'error',
      from: { path: '^ts/', pathNot: '^ts/cli/' },
      to: { path: '^ts/cli/' },
    },
    {
      name: 'command-line-uses-the-public-face',
      comment: 'What the command line needs of the library, every user may need.',
      severity: 'error',
      from: { path: '^ts/cli/' },
      to: { path: '^ts/', pathNot: '^ts/(cli/|index\\.ts$)' },
    },
    {
      name: 'library-has-no-packages',
      comment: 'Development packages are bundled into the command line alone.',
      severity: 'error',
      from: { path: '^ts/', pathNot: '^ts/cli/' },
      to: { path: 'node_modules/', dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: 'specify',
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
}
