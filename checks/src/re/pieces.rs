// SPDX-License-Identifier: GPL-2.0-only
//! The pieces that patterns share: what counts as an identifier, a type, an
//! operator. They define what the rules see, so they follow checkpatch.pl.

/// A piece's pattern and flags.
pub(crate) fn piece(name: &str) -> Option<(&'static str, &'static str)> {
    PIECES
        .iter()
        .find(|(known, ..)| *known == name)
        .map(|(_, pattern, flags)| (*pattern, *flags))
}

const PIECES: &[(&str, &str, &str)] = &[
    (
        "Ident",
        r"[A-Za-z_][A-Za-z\d_]*(?:\s*\#\#\s*[A-Za-z_][A-Za-z\d_]*)*",
        "",
    ),
    ("Storage", "extern|static|asmlinkage", ""),
    (
        "Sparse",
        "__user|__kernel|__force|__iomem|__must_check|__kprobes|__ref|__refconst|
         __refdata|__rcu|__private",
        "x",
    ),
    ("InitAttributePrefix", "__(?:mem|cpu|dev|net_|)", ""),
    (
        "InitAttributeData",
        r"$InitAttributePrefix(?:initdata\b)",
        "",
    ),
    (
        "InitAttributeConst",
        r"$InitAttributePrefix(?:initconst\b)",
        "",
    ),
    ("InitAttributeInit", r"$InitAttributePrefix(?:init\b)", ""),
    (
        "InitAttribute",
        "$InitAttributeData|$InitAttributeConst|$InitAttributeInit",
        "",
    ),
    (
        "Attribute",
        r"const|volatile|__percpu|__nocast|__safe|__bitwise|__packed__|__packed2__|
          __naked|__maybe_unused|__always_unused|__noreturn|__used|__cold|__pure|
          __noclone|__deprecated|__read_mostly|__ro_after_init|__kprobes|
          $InitAttribute|
          __aligned\s*\(.*\)|
          ____cacheline_aligned|____cacheline_aligned_in_smp|
          ____cacheline_internodealigned_in_smp|
          __weak|
          __alloc_size\s*\(\s*\d+\s*(?:,\s*\d+\s*)?\)",
        "x",
    ),
    (
        "Inline",
        "inline|__always_inline|noinline|__inline|__inline__",
        "",
    ),
    ("Member", r"->$Ident|\.$Ident|\[[^]]*\]", ""),
    ("Lval", "$Ident(?:$Member)*", ""),
    ("IntType", "(?i)llu|ull|ll|lu|ul|l|u", ""),
    ("Binary", "(?i)0b[01]+$IntType?", ""),
    ("Hex", "(?i)0x[0-9a-f]+$IntType?", ""),
    ("Int", "[0-9]+$IntType?", ""),
    ("Octal", "0[0-7]+$IntType?", ""),
    ("String", r#"(?:\b[Lu])?"[X\t]*""#, ""),
    ("FloatHex", "(?i)0x[0-9a-f]+p-?[0-9]+[fl]?", ""),
    (
        "FloatDec",
        r"(?i)(?:[0-9]+\.[0-9]*|[0-9]*\.[0-9]+)(?:e-?[0-9]+)?[fl]?",
        "",
    ),
    ("FloatInt", "(?i)[0-9]+e-?[0-9]+[fl]?", ""),
    ("Float", "$FloatHex|$FloatDec|$FloatInt", ""),
    ("Constant", "$Float|$Binary|$Octal|$Hex|$Int", ""),
    ("Assignment", r"\*\=|/=|%=|\+=|-=|<<=|>>=|&=|\^=|\|=|=", ""),
    ("Compare", "<=|>=|==|!=|<|(?<!-)>", ""),
    ("Arithmetic", r"\+|-|\*|\/|%", ""),
    (
        "Operators",
        r"<=|>=|==|!=|=>|->|<<|>>|<|>|!|~|&&|\|\||,|\^|\+\+|--|&|\||$Arithmetic",
        "",
    ),
    (
        "Keywords",
        "do|for|while|if|else|return|goto|continue|switch|default|case|break",
        "",
    ),
    ("C99Typedefs", "(?:__)?(?:[us]_?)?int_?(?:8|16|32|64)_t", ""),
    (
        "Typedefs",
        r"$C99Typedefs\b|
          (?:u_(?:char|short|int|long)|u(?:nchar|short|int|long))\b|
          (?:(?:__)?(?:u|s|be|le)(?:8|16|32|64)|atomic_t)\b|
          FILE\b",
        "x",
    ),
    ("Zero", r"(?:(?:0[xX])?0+$IntType?|NULL|false)\b", ""),
    (
        "LogFunctions",
        r"printk(?:_ratelimited|_once|_deferred_once|_deferred|)|
          (?:[a-z0-9]+_){1,2}(?:printk|emerg|alert|crit|err|warning|warn|notice|info|debug|
              dbg|vdbg|devel|cont|WARN)(?:_ratelimited|_once|)|
          TP_printk|
          WARN(?:_RATELIMIT|_ONCE|)|
          panic|
          MODULE_[A-Z_]+|
          seq_vprintf|seq_printf|seq_puts",
        "x",
    ),
    (
        "AllocFunctions",
        r"(?:(?:devm_)?(?:kv|k|v)[czm]alloc(?:_array)?(?:_node)?|
              kstrdup(?:_const)?|kmemdup(?:_nul)?)|
          (?:\w+)?alloc_skb(?:_ip_align)?|
          dma_alloc_coherent",
        "x",
    ),
    (
        "SignatureTags",
        "(?i)Signed-off-by:|Co-developed-by:|Acked-by:|Tested-by:|Reviewed-by:|
         Reported-by:|Suggested-by:|Assisted-by:|To:|Cc:",
        "x",
    ),
    ("LinkTags", "Link:|Closes:", ""),
    (
        "TracingTags",
        r"(?i)[=-]*>|<[=-]*|\[|\]|start|called|entered|entry|enter|in|inside|here|begin|
          exit|end|done|leave|completed|out|return|[\.\!:\s]*",
        "x",
    ),
    ("DeviceIdTypes", r"\b[a-z]\w*_device_id\b", ""),
    (
        "ObsoleteArchives",
        r"(?i)freedesktop\.org/archives/dri-devel|lists\.infradead\.org|lkml\.org|
          mail-archive\.com|mailman\.alsa-project\.org/pipermail|marc\.info|
          ozlabs\.org/pipermail|spinics\.net",
        "x",
    ),
    (
        "MisorderedTypes",
        r"char\s+(?:un)?signed|
          int\s+(?:(?:un)?signed\s+)?short\s|
          int\s+short(?:\s+(?:un)?signed)|
          short\s+int(?:\s+(?:un)?signed)|
          (?:un)?signed\s+int\s+short|
          short\s+(?:un)?signed|
          long\s+int\s+(?:un)?signed|
          int\s+long\s+(?:un)?signed|
          long\s+(?:un)?signed\s+int|
          int\s+(?:un)?signed\s+long|
          int\s+(?:un)?signed|
          int\s+long\s+long\s+(?:un)?signed|
          long\s+long\s+int\s+(?:un)?signed|
          long\s+long\s+(?:un)?signed\s+int|
          long\s+long\s+(?:un)?signed|
          long\s+(?:un)?signed",
        "x",
    ),
    (
        "BuiltinTypes",
        r"struct\s+$Ident|
          union\s+$Ident|
          enum\s+$Ident|
          void|
          (?:(?:un)?signed\s+)?char|
          (?:(?:un)?signed\s+)?short\s+int|
          (?:(?:un)?signed\s+)?short|
          (?:(?:un)?signed\s+)?int|
          (?:(?:un)?signed\s+)?long\s+int|
          (?:(?:un)?signed\s+)?long\s+long\s+int|
          (?:(?:un)?signed\s+)?long\s+long|
          (?:(?:un)?signed\s+)?long|
          (?:un)?signed|
          float|
          double|
          bool|
          $TypeName(?:$Ident)_t|
          $TypeName(?:$Ident)_handler|
          $TypeName(?:$Ident)_handler_fn|
          $MisorderedTypes",
        "x",
    ),
    (
        "C90IntTypes",
        r"long\s+long\s+int\s+(?:un)?signed|
          long\s+long\s+(?:un)?signed\s+int|
          long\s+long\s+(?:un)?signed|
          (?:(?:un)?signed\s+)?long\s+long\s+int|
          (?:(?:un)?signed\s+)?long\s+long|
          int\s+long\s+long\s+(?:un)?signed|
          int\s+(?:(?:un)?signed\s+)?long\s+long|
          long\s+int\s+(?:un)?signed|
          long\s+(?:un)?signed\s+int|
          long\s+(?:un)?signed|
          (?:(?:un)?signed\s+)?long\s+int|
          (?:(?:un)?signed\s+)?long|
          int\s+long\s+(?:un)?signed|
          int\s+(?:(?:un)?signed\s+)?long|
          int\s+(?:un)?signed|
          (?:(?:un)?signed\s+)?int",
        "x",
    ),
    (
        "Modifier",
        "$Attribute|$Sparse|fastcall|$LearntModifier",
        "",
    ),
    ("AllTypes", "$BuiltinTypes|$LearntType", ""),
    (
        "AllTypesWithAttr",
        r"$BuiltinTypes|struct\s+$InitAttribute\s+$Ident|union\s+$InitAttribute\s+$Ident",
        "",
    ),
    ("BasicType", r"(?:$Typedefs\b)|(?:$AllTypes\b)", ""),
    (
        "NonptrType",
        r"$TypeStart(?:$Modifier\s+|const\s+)*
          (?:(?:typeof|__typeof__)\s*\([^\)]*\)|(?:$Typedefs\b)|(?:$AllTypes\b))
          (?:\s+$Modifier|\s+const)*",
        "x",
    ),
    (
        "NonptrTypeMisordered",
        r"$TypeStart(?:$Modifier\s+|const\s+)*(?:(?:$MisorderedTypes\b))(?:\s+$Modifier|\s+const)*",
        "",
    ),
    (
        "NonptrTypeWithAttr",
        r"$TypeStart(?:$Modifier\s+|const\s+)*
          (?:(?:typeof|__typeof__)\s*\([^\)]*\)|(?:$Typedefs\b)|(?:$AllTypesWithAttr\b))
          (?:\s+$Modifier|\s+const)*",
        "x",
    ),
    (
        "PointerTail",
        r"(?:(?:\s|\*|\[\])+\s*const|(?:\s|\*\s*(?:const\s*)?|\[\])+|(?:\s*\[\s*\])+){0,4}
          (?:\s+$Inline|\s+$Modifier)*",
        "x",
    ),
    ("Type", "$NonptrType$PointerTail", ""),
    ("TypeMisordered", "$NonptrTypeMisordered$PointerTail", ""),
    ("Declare", r"(?:$Storage\s+(?:$Inline\s+)?)?$Type", ""),
    (
        "DeclareMisordered",
        r"(?:$Storage\s+(?:$Inline\s+)?)?$TypeMisordered",
        "",
    ),
    ("Typecast", r"\s*(\(\s*$NonptrType\s*\)){0,1}\s*", ""),
    ("BalancedParens", r"(\((?:[^\(\)]++|(?-1))*\))", ""),
    (
        "LvalOrFunc",
        r"((?:[\&\*]\s*)?$Lval)\s*($BalancedParens{0,1})\s*",
        "",
    ),
    (
        "FuncArg",
        "(?:$Typecast){0,1}($LvalOrFunc|$Constant|$String)",
        "",
    ),
    (
        "DeclarationMacros",
        r"(?:$Storage\s+)?(?:[A-Z_][A-Z0-9]*_){0,2}(?:DEFINE|DECLARE)(?:_[A-Z0-9]+){1,6}\s*\(|
          (?:$Storage\s+)?[HLP]?LIST_HEAD\s*\(|
          (?:SKCIPHER_REQUEST|SHASH_DESC|AHASH_REQUEST)_ON_STACK\s*\(|
          (?:$Storage\s+)?(?:XA_STATE|XA_STATE_ORDER)\s*\(|
          __cacheline_group_(?:begin|end)(?:_aligned)?\s*\(|
          __dma_from_device_group_(?:begin|end)\s*\(",
        "x",
    ),
    (
        "PermName",
        "S_IRWXUGO|S_IRWXU|S_IRUSR|S_IWUSR|S_IXUSR|S_IRWXG|S_IRGRP|S_IWGRP|S_IXGRP|
         S_IRWXO|S_IROTH|S_IWOTH|S_IXOTH|S_IRUGO|S_IWUGO|S_IXUGO",
        "x",
    ),
    ("PermNames", r"(?:$PermName)(?:\s*\|\s*(?:$PermName))*", ""),
    (
        "WorldWritable",
        "S_IWUGO|S_IWOTH|S_IRWXUGO|S_IALLUGO|0[0-7][0-7][2367]",
        "",
    ),
    (
        "SmpBarrier",
        "mb__before_atomic|mb__after_atomic|store_release|load_acquire|store_mb|mb|rmb|wmb",
        "",
    ),
    ("CamelCase", "[A-Z][a-z]|[a-z][A-Z]", ""),
    ("Word", r"\b[A-Z]?[a-z]{2,}\b", ""),
];
