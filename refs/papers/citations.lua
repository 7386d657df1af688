--[[
Put printed citations in the places of citations whose keys are numbers behind the letter U+A7F7. `printed.json` beside
this file holds blocks: the bibliography, which takes the place of a division of that name, then for each number its
inlines and its Markdown, which comes back where no citation was read.
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

local function Cite(element)
  local number = tonumber(element.citations[1].id:match('^' .. PREFIX .. '(%d+)$'))
  return number and printed[2 * number].content
end

local function Div(element)
  return element.identifier == PREFIX and printed[1] or nil
end

--- Return an identifier that pandoc made of a heading's text, without numbers.
local function Header(element)
  element.identifier = element.identifier:gsub('%-?' .. PREFIX .. '%d+', '')
  return element
end

--- Return an element of verbatim text with the Markdown that its author wrote.
local function verbatim(element)
  element.text = element.text:gsub('%[@' .. PREFIX .. '(%d+)%]', function(number)
    return printed[2 * number + 1].text
  end)
  return element
end

return {
  {
    Cite = Cite,
    Div = Div,
    Header = Header,
    Code = verbatim,
    CodeBlock = verbatim,
    Math = verbatim,
    RawInline = verbatim,
    RawBlock = verbatim,
  },
}
