--[[
Put printed citations in the places of the signs that stand for them. A sign is a number between two of Unicode's
noncharacters, its digits noncharacters too. `printed.json` beside this file holds blocks: the bibliography, which 0
stands for, then for each number its inlines and its Markdown, which comes back where no inline can stand.
]]

local OPEN, CLOSE, ZERO = '\u{FDD0}', '\u{FDD1}', 0xFDD2

local function read_printed()
  local path = pandoc.path.join { pandoc.path.directory(PANDOC_SCRIPT_FILE), 'printed.json' }
  local file <close> = assert(io.open(path, 'rb'))
  local version = tostring(PANDOC_API_VERSION):gsub('%.', ',')
  local text = '{"pandoc-api-version":[' .. version .. '],"meta":{},"blocks":' .. file:read 'a' .. '}'
  return pandoc.read(text, 'json').blocks
end

local printed = read_printed()

local function number_of(digits)
  local number = 0
  for _, code in utf8.codes(digits) do
    number = 10 * number + code - ZERO
  end
  return number
end

local function source(digits)
  local number = number_of(digits)
  return number > 0 and printed[2 * number + 1].text or ''
end

--- Return a text with the Markdown of its citations.
local function with_sources(text)
  return (text:gsub(OPEN .. '(.-)' .. CLOSE, source))
end

local function has_sign(text)
  return text:find(OPEN, 1, true)
end

--- Return the inlines of a text with signs.
local function Str(element)
  if not has_sign(element.text) then
    return nil
  end
  local inlines, done = pandoc.Inlines {}, 1
  for start, digits, stop in element.text:gmatch('()' .. OPEN .. '(.-)' .. CLOSE .. '()') do
    local number = number_of(digits)
    if start > done then
      inlines:insert(pandoc.Str(element.text:sub(done, start - 1)))
    end
    if number > 0 then
      inlines:extend(printed[2 * number].content)
    end
    done = stop
  end
  if done <= #element.text then
    inlines:insert(pandoc.Str(element.text:sub(done)))
  end
  return inlines
end

--- Return an element of verbatim text with the Markdown that its author wrote.
local function verbatim(element)
  if has_sign(element.text) then
    element.text = with_sources(element.text)
    return element
  end
end

--- Return the bibliography for the paragraph of its sign.
local function paragraph(element)
  local first = element.content[1]
  if #element.content == 1 and first.t == 'Str' and has_sign(first.text) then
    local digits = first.text:match('^' .. OPEN .. '(.-)' .. CLOSE .. '$')
    if digits and number_of(digits) == 0 then
      return printed[1]
    end
  end
end

local function Link(element)
  element.target, element.title = with_sources(element.target), with_sources(element.title)
  return element
end

local function Image(element)
  element.src, element.title = with_sources(element.src), with_sources(element.title)
  return element
end

return {
  { Para = paragraph, Plain = paragraph },
  {
    Str = Str,
    Link = Link,
    Image = Image,
    Code = verbatim,
    CodeBlock = verbatim,
    Math = verbatim,
    RawInline = verbatim,
    RawBlock = verbatim,
  },
}
