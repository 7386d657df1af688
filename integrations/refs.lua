--[[
Cite from the library of refs, without a .bib file:

    pandoc --lua-filter refs.lua --citeproc paper.md -o paper.docx

A key that neither `references` nor `bibliography` of the document defines is looked up in the library. One that is an
identifier, as in [@doi:10.1038/171737a0], is resolved first and joins the library. The filter stands before --citeproc;
in Quarto write `filters: [refs.lua]`. It needs `refs` on the path, and pandoc 3.1.1 or newer.
]]

PANDOC_VERSION:must_be_at_least '3.1.1'

--- Return what `refs` prints and its exit code. No shell comes between, whatever a key holds.
local function refs(...)
  local ok, result = pcall(pandoc.pipe, 'refs', { ... }, '')
  if ok then
    return result, 0
  elseif result.error_code then
    return result.output, result.error_code
  end
  error('refs cannot be run: ' .. tostring(result), 0)
end

--- Return the keys that the document cites and does not define itself, in order.
local function undefined_keys(doc)
  local seen, keys = { ['*'] = true }, {}
  for _, reference in ipairs(pandoc.utils.references(doc)) do
    seen[reference.id] = true
  end
  doc:walk {
    Cite = function(cite)
      for _, citation in ipairs(cite.citations) do
        if not seen[citation.id] then
          seen[citation.id] = true
          keys[#keys + 1] = citation.id
        end
      end
    end,
  }
  return keys
end

--- Write a document that cites the keys and nothing else; braces and line ends are in no key of a library.
local function write_document(path, keys)
  local file <close> = assert(io.open(path, 'wb'))
  for _, key in ipairs(keys) do
    if not key:find '[{}%c]' then
      file:write('[@{', key, '}]\n\n')
    end
  end
end

--- Return what `refs scan` knows of each key: a table with status, identifier and near.
local function scanned(path)
  local works = {}
  local text, code = refs('scan', '--json', path)
  if code ~= 0 and code ~= 3 then -- 3 says that a key is missing, which `status` tells
    error('refs scan failed with exit code ' .. code, 0)
  end
  for line in text:gmatch '[^\n]+' do
    works[#works + 1] = pandoc.json.decode(line, false)
  end
  return works
end

--- Add the works that are cited by an identifier the library lacks; tell whether there were any.
local function add_missing(works)
  local wanted = {}
  for _, work in ipairs(works) do
    if work.status == 'missing' and type(work.identifier) == 'string' then
      wanted[#wanted + 1] = work.identifier
    end
  end
  if #wanted > 0 then
    refs('add', '--', table.unpack(wanted)) -- it says itself what it could not add
  end
  return #wanted > 0
end

--- Return the keys that the library has, and say which others are near a key that it lacks.
local function known_keys(works)
  local known = {}
  for _, work in ipairs(works) do
    if work.status == 'library' then
      known[#known + 1] = work.key
    elseif work.near and #work.near > 0 then
      local near = table.concat(work.near, ' or ')
      io.stderr:write('refs.lua: no reference has the key ', work.key, '; did you mean ', near, '?\n')
    end
  end
  return known
end

--- Return the library's references for the keys, as `references` of a document's metadata.
local function references(keys)
  return pandoc.system.with_temporary_directory('refs', function(directory)
    local path = pandoc.path.join { directory, quarto and 'cited.qmd' or 'cited.md' }
    write_document(path, keys)
    local works = scanned(path)
    if add_missing(works) then
      works = scanned(path)
    end
    local known = known_keys(works)
    if #known == 0 then
      return pandoc.MetaList {}
    end
    write_document(path, known)
    local text, code = refs('export', '--format', 'csljson', '--cited-in', path)
    if code ~= 0 then
      error('refs export failed with exit code ' .. code, 0)
    end
    return pandoc.read(text, 'csljson').meta.references
  end)
end

function Pandoc(doc)
  local keys = undefined_keys(doc)
  if #keys == 0 then
    return nil
  end
  local all = pandoc.MetaList {}
  all:extend(doc.meta.references or {})
  all:extend(references(keys))
  doc.meta.references = all
  return doc
end
