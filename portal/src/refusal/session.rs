//! Signing in.

use super::refusals;

refusals! {
    "not-signed-in" UNAUTHORIZED not_signed_in()
        "Sign in first."
        "请先登录。";
    "wrong-credentials" UNAUTHORIZED wrong_credentials()
        "Wrong login or password."
        "用户名或密码错误。";
    "too-many-attempts" TOO_MANY_REQUESTS too_many_attempts(seconds: u64)
        "Too many attempts; try again in {seconds} s."
        "尝试次数过多，请 {seconds} 秒后再试。";
}
