"""Hold the alphabets of the scripts and of the languages, in the order of the Unicode collation.

The orders are those of the Default Unicode Collation Element Table as CLDR uses it
(https://www.unicode.org/reports/tr10/, https://www.unicode.org/reports/tr35/tr35-collation.html).
"""

from __future__ import annotations

# Letters that differ from a Latin base letter by more than a mark, after it and before the next one.
LATIN_AFTER = {
    "a": "ꜵꜹᴀⱥᶏꞻᴁᴂꬱɐɑꬰᶐɒꭤ",
    "b": "ʙƀᴯᴃᵬꞗᶀɓƃꞵ",
    "c": "ᴄȼꞓꞔƈɕↄꜿ",
    "d": "ȸʣꭦʥʤᴅᴆꟈᵭᶁɖɗᶑƌȡꝱẟ",
    "e": "ᴇꬲꬳɇᶒꬴⱸǝⱻəᶕɛᶓɘɚɜᶔᴈɝɞʚɤ",
    "f": "ʩꜰꬵꞙᵮᶂƒⅎꟻ",
    "g": "ꟑɡꬶɢǥᶃɠʛᵷꝿɣƣ",
    "h": "ʜƕꞕɦⱨⱶꟶꜧɧʻʽ",
    "i": "ıɪꟾꟷᴉɨᵻᶖꞽɩᵼ",
    "j": "ȷᴊɉʝɟʄ",
    "k": "ᴋᶄƙⱪꝁꝃꝅʞ",
    "l": "ỻʪʫʟꝇᴌꝉƚⱡɫꬸꬹɬꬷᶅɭꞎȴꝲɮꞁƛʎ",
    "m": "ᴍᵯᶆɱꬺꟽꟿꝳ",
    "n": "ɴᴻᴎᵰɲƞꞑᶇɳȵꬻꝴŋꬼ",
    "o": "ꝏᴏᴑꬽɶᴔꭁꭂꭀꭃꭄᴓꬾɔᴐᴒꬿᶗꭢꝍᴖᴗⱺɵꝋɷꞷȣᴕ",
    "p": "ᴘᵽꝑᵱᶈƥꝓꝕꟼɸⱷ",
    "q": "ȹꞯꝗꝙʠɋĸ",
    "r": "ꭅʀꭆᴙɍᵲɹᴚɺɻⱹᶉɼɽꭉɾᵳɿꭇꭈꭊꭋꭌʁꭨꝵꝶꝝ",
    "s": "ꜱꟊᵴᶊʂȿꟗẜẝʃꭍᶋᶘƪʅʆ",
    "t": "ʨᵺƾꭧʧꜩᴛŧⱦᵵƫƭʈȶꝷʇ",
    "u": "ᴜꭎᴝᴞᵫꭐꭑʉꭏꞹᵾᶙꭒꞿɥʮʯɯꟺᴟɰʊᵿ",
    "v": "ꝡᴠꝟᶌʋⱱⱴỽʌ",
    "w": "ᴡⱳʍ",
    "x": "ᶍꭖꭗꭘꭙꭓꭔꭕ",
    "y": "ʏɏƴỿꭚȝ",
    "z": "ƍᴢƶᵶᶎȥʐʑɀⱬꝣʒᴣƹᶚƺʓþꟓꝥꝧƿꟕꝩꭠꭡꭣꝫꝭꝯꝸƻꜫꜭꜯƨƽƅʔɂˀʼˮʾꜣꞌꞏʕʿˁᴤᴥꜥʡʢʖǀǁǂǃʗʘʬʭ",
}

# Letters equal to a base letter in all but a mark, which no normalisation takes apart.
LATIN_EQUAL = {
    "æ": "ae", "œ": "oe", "ð": "d", "đ": "d", "ħ": "h", "ł": "l", "ø": "o", "ꝺ": "d", "ꝼ": "f", "ᵹ": "g",
    "ꝛ": "r", "ꞃ": "r", "ꞅ": "s", "ꞇ": "t", "ꞛ": "a", "ꞡ": "g", "ꞣ": "k", "ꞥ": "n", "ꞧ": "r", "ꞩ": "s",
}  # fmt: skip

# Alphabets, letters of one rank written together. The scripts stand in their order.
ALPHABETS = {
    "Grek": ("α β γ ᴦ δ ε ϝ ͷ ϛ ζ ͱ η θ ι ϳ κ ϗ λ ᴧ μ ν ξ ο π ᴨ ϻ ϟ ϙ ρ ᴩ ϼ σς ͼ ͻ ͽ τ υ φ χ ψ ᴪ ω ꭥ ϡ ͳ ϸ"),
    "Cyrl": (
        "а ә ӕ б в гґ ғ ӻ ҕ ӷ д ԁ ꚁ ђ ꙣ ԃ ҙ е є ж ԫ ꚅ җ з ꙁ ԅ ԑ ꙃ ѕ ꙅ ӡ ꚉ ԇ ꚃ и ҋ і ꙇ й ј ꙉ к қ ӄ ҡ ҟ ҝ ԟ "
        "ԛ л ᴫ ӆ ԯ ԓ ԡ љ ꙥ ԉ ԕ м ӎ ꙧ н ԩ ӊ ң ӈ ԣ ҥ њ ԋ оꙩꙫꙭꙮ ө п ԥ ҧ ҁ р ҏ ԗ с ԍ ҫ т ꚍ ԏ ҭ ꚋ ћ у ү ұ ꙋ ѹ "
        "ф х ӽ ӿ ҳ һ ԧ ꚕ ѡ ѿ ꙍ ѽ ѻ ц ꙡ ꚏ ҵ ꚑ ч ԭ ꚓ ҷ ӌ ҹ ꚇ ҽ ҿ џ ш ꚗ щ ꙏ ꙿ ъ ꙑ ы ь ҍ ѣ ꙓ э ю ꙕ ꙗ я ԙ ѥ ѧ "
        "ꙙ ѫ ꙛ ѩ ꙝ ѭ ѯ ѱ ѳ ѵ ꙟ ҩ ԝ ӏ"
    ),
    "Geor": "აა ბ გ დ ე ვ ზ ჱ თ ი კ ლ მ ნ ჲ ო პ ჟ რ ს ტ ჳ უ ფ ქ ღ ყ შ ჩ ც ძ წ ჭ ხ ჴ ჯ ჰ ჵ ჶ ჷ ჸ ჹ ჺ ჽ ჾ ჿ",
    "Armn": "ա ՠ բ գ դ ե զ է ը թ ժ ի լ խ ծ կ հ ձ ղ ճ մ յ ֈ ն շ ո չ պ ջ ռ ս վ տ ր ց ւ փ ք օ ֆ ՙ",
    "Hebr": "א ב ג ד ה ו ז ח ט י ׯ כך ל מם נן ס ע פף צץ ק ר ש ת",
    "Arab": (
        "ءٴ آ أ ٲ ٱ ؤ إ ٳ ئ ا ٮ ب ٻ پ ڀ ة ت ث ٹ ٺ ټ ٽ ٿ ج ڃ ڄ چ ڿ ڇ ح خ ځ ڂ څ د ذ ڈ ډ ڊ ڋ ڌ ڍ ڎ ڏ ڐ ۮ ر ز "
        "ڑ ڒ ړ ڔ ڕ ږ ڗ ژ ڙ ۯ س ش ښ ڛ ڜ ۺ ص ض ڝ ڞ ۻ ط ظ ڟ ع غ ڠ ۼ ف ڡ ڢ ڣ ڤ ڥ ڦ ٯ ق ڧ ڨ ك ک ڪ ګ ڬ ڭ ڮ گ ڰ "
        "ڱ ڲ ڳ ڴ ػ ؼ ل ڵ ڶ ڷ ڸ م ن ں ڻ ڼ ڽ ڹ ه ھ ہ ۃ ۿ ە و ۄ ۅ ۆ ۇ ۈ ۉ ۊ ۋ ۏ ى ي ی ۍ ێ ې ۑ ؽ ؾ ؿ ؠ ے"
    ),
}

# Which script a language puts before all others; Japanese puts its own after the Latin one.
SCRIPT_FIRST = {
    "ar": "Arab", "be": "Cyrl", "bg": "Cyrl", "el": "Grek", "fa": "Arab", "he": "Hebr", "hy": "Armn",
    "ka": "Geor", "kk": "Cyrl", "ky": "Cyrl", "mk": "Cyrl", "mn": "Cyrl", "ru": "Cyrl", "sr": "Cyrl",
    "uk": "Cyrl", "ur": "Arab", "yi": "Hebr", "hi": "Deva", "ja": "Jpan", "km": "Khmr", "ko": "Hang",
    "th": "Thai", "zh": "Hani",
}  # fmt: skip

# How a language orders ideographs: by pinyin, or as a character set lists them: by strokes (big5), by reading (euc_jp).
IDEOGRAPH_ORDER = {"zh": "pinyin", "zh-tw": "big5", "zh-hk": "big5", "zh-hant": "big5", "ja": "euc_jp"}

# Letters of their own. `n < ñ` puts ñ after all of n; what follows a further < comes later, and letters with
# only a space between them are of one rank. `y = ü` sorts ü as y.
TAILORINGS = {
    "ar": "ء = آ أ إ ؤ ئ",
    "az": "c < ç; e < ə; g < ğ; h < x < ı; k < q; o < ö; s < ş; u < ü; z < w",
    "be": "е < ё",
    "bs": "c < č < ć; d < dž < đ; l < lj; n < nj; s < š; z < ž",
    "cs": "c < č; h < ch; r < ř; s < š; z < ž",
    "cy": "c < ch; d < dd; f < ff; g < ng; l < ll; p < ph; r < rh; t < th",
    "da": "y = ü ű; th = þ; z < æ ä < ø ö ő < å aa",
    "eo": "c < ĉ; g < ĝ; h < ĥ; j < ĵ; s < ŝ; u < ŭ",
    "es": "n < ñ",
    "et": "s < š < z < ž; w < õ < ä < ö < ü",
    "fi": "n = ŋ; t = ŧ; y = ü; z < å < ä æ < ö ø",
    "fil": "n < ñ < ng",
    "fo": "y = ü ű; th = þ; z < æ ä ę < ø ö ő œ < å aa",
    "gl": "n < ñ",
    "hr": "c < č < ć; d < dž < đ; l < lj; n < nj; s < š; z < ž",
    "hu": "c < cs; d < dz < dzs; g < gy; l < ly; n < ny; o < ö ő; s < sz; t < ty; u < ü ű; z < zs",
    "is": "a < á; d < ð; e < é; i < í; o < ó; u < ú; y < ý; z < æ ä < ø ö < å",
    "kk": "е < ё; у < ұ < ү; ы < і",
    "lt": "c < č; i = y; s < š; z < ž",
    "lv": "a < ā; c < č; e < ē; g < ģ; i < y < ī; k < ķ; l < ļ; n < ņ; o < ō; r < ŗ; s < š; u < ū; z < ž",
    "mk": "ђ < ѓ; ћ < ќ",
    "mt": "b < ċ; f < ġ; h < ħ; y < ż",
    "nb": "y = ü ű; th = þ; z < æ ä ę < ø ö ő œ < å aa",
    "pl": "a < ą; c < ć; e < ę; l < ł; n < ń; o < ó; s < ś; z < ź < ż",
    "ro": "a < ă < â; i < î; s < ș ş; t < ț ţ",
    "sk": "a < ä; c < č; h < ch; o < ô; r < ř; s < š; z < ž",
    "sl": "c < č < ć; d < đ; s < š; z < ž",
    "sq": "c < ç; d < dh; e < ë; g < gj; l < ll; n < nj; r < rr; s < sh; t < th; x < xh; z < zh",
    "sv": "y = ü ű; th = þ; z < å < ä æ ę < ö ø ő œ ô",
    "tr": "c < ç; g < ğ; h < ı; o < ö; s < ş; u < ü",
    "uk": "г < ґ; і < ї",
    "vi": "a < ă < â; d < đ; e < ê; o < ô < ơ; u < ư",
}
TAILORINGS |= {
    "nn": TAILORINGS["nb"],
    "no": TAILORINGS["nb"],
    "sr-latn": TAILORINGS["hr"],
    "tl": TAILORINGS["fil"],
}

# Capitals whose small letters differ from everyone else's.
LOWER_CASE = {"tr": {"I": "ı", "İ": "i"}, "az": {"I": "ı", "İ": "i"}}
