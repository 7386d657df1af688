--[[
Put printed citations in the places of citations whose keys are numbers behind the letter U+A7F7. `printed.json` beside
this file holds blocks: the bibliography, which the number 0 stands for, then for each number its inlines and its
Markdown, which comes back where no citation was read.
]]

local PREFIX = '\u{A7F7}'

local function read_printed()
  local path = pandoc.path.join { pandoc.path.directory(PANDOC_SCRIPT_FILE), 'printed.json' }
  local file = assert(io.open(path, 'rb'))
  local version = tostring(PANDOC_API_VERSION):gsub('%.', ',')
  local text = '{"pandoc-api-version":[' .. version .. '],"meta":{},"blocks":' .. file:read 'a' .. '}'
  file:close()
  return pandoc.read(text, 'json').blocks
end

local printed = read_printed()

--- Return the number of a citation, nil for one that is not ours.
local function number_of(element)
  return element.t == 'Cite' and tonumber(element.citations[1].id:match('^' .. PREFIX .. '(%d+)$'))
end

local function Cite(element)
  local number = number_of(element)
  return number and (number > 0 and printed[2 * number].content or {})
end

--- Return the bibliography for the paragraph of its citation.
local function paragraph(element)
  if #element.content == 1 and number_of(element.content[1]) == 0 then
    return printed[1]
  end
end

--- Return an identifier that pandoc made of a heading's text, without numbers.
local function Header(element)
  element.identifier = element.identifier:gsub('%-?' .. PREFIX .. '%d+', '')
  return element
end

--- Return an element of verbatim text with the Markdown that its author wrote.
local function verbatim(element)
  element.text = element.text:gsub('%[@' .. PREFIX .. '(%d+)%]', function(number)
    return number == '0' and '' or printed[2 * number + 1].text
  end)
  return element
end

return {
  { Para = paragraph, Plain = paragraph },
  {
    Cite = Cite,
    Header = Header,
    Code = verbatim,
    CodeBlock = verbatim,
    Math = verbatim,
    RawInline = verbatim,
    RawBlock = verbatim,
  },
}
