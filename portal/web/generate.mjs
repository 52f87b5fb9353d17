// Writes src/api/schema.d.ts. Operation names repeat across the contract's tags, so they are left out: types stand under their paths.
import { readFileSync, writeFileSync } from 'node:fs'
import openapiTS, { astToString } from 'openapi-typescript'

const contract = JSON.parse(readFileSync(new URL('../openapi.json', import.meta.url), 'utf8'))
for (const path of Object.values(contract.paths)) for (const operation of Object.values(path)) delete operation.operationId
writeFileSync(new URL('src/api/schema.d.ts', import.meta.url), astToString(await openapiTS(contract)))
